/// Some numbers as one setting.
public struct NumberList: Sendable, Hashable, ExpressibleByArrayLiteral {
    /// The numbers, in the order written.
    public var numbers: [Double]

    /// Makes a list.
    public init(_ numbers: [Double]) { self.numbers = numbers }

    /// Makes a list.
    public init(arrayLiteral elements: Double...) { numbers = elements }
}

extension NumberList: SettingConvertible {
    static var kind: RenderSetting.Kind? { nil }

    static func read(_ value: JSONValue, key: String, kind: RenderSetting.Kind) throws(RenderSpecError) -> NumberList {
        guard case .numbers(let range, let maximum) = kind else {
            preconditionFailure("the setting \(key) is no list of numbers")
        }
        guard case .array(let items) = value else {
            throw .wrongType(
                key: key, expected: "a list such as [\(range.lowerBound), \(range.upperBound)]", found: value.kindName)
        }
        guard items.count <= maximum else {
            throw .outOfRange(key: key, value: "a list of \(items.count)", allowed: "0 ... \(maximum) numbers")
        }
        return NumberList(
            try items.map { item throws(RenderSpecError) in try Double.read(item, key: key, kind: .number(range)) })
    }

    var json: JSONValue? { .array(numbers.map { .number($0) }) }
}
