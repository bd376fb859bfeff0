/// An amount of memory, written `2G`, `1.5G` or `768M` in units of 1024.
public struct MemorySize: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Bytes, above 0.
    public let bytes: Int

    /// An amount in bytes.
    public init(bytes: Int) { self.bytes = bytes }

    /// Reads a number with a unit: K, M, G or T, perhaps followed by B or iB; nil if it is none.
    public init?(_ text: String) {
        let letters = text.drop { $0.isNumber || $0 == "." }
        let units = ["": 0, "K": 10, "M": 20, "G": 30, "T": 40]
        var unit = letters.uppercased()
        for ending in ["IB", "B"] where unit.hasSuffix(ending) && (ending == "B" || unit.count == 3) {
            unit.removeLast(ending.count)
        }
        guard let shift = units[unit], let number = Double(text.dropLast(letters.count)), number > 0,
            number * Double(1 << shift) < Double(1 << 50)
        else { return nil }
        self.init(bytes: Int(number * Double(1 << shift)))
    }

    /// The larger one needs more.
    public static func < (a: MemorySize, b: MemorySize) -> Bool { a.bytes < b.bytes }

    /// As `--memory` takes it, rounded up to whole mebibytes.
    public var description: String {
        let mebibytes = (bytes + (1 << 20) - 1) >> 20
        return mebibytes % 1024 == 0 ? "\(mebibytes >> 10)G" : "\(mebibytes)M"
    }
}
