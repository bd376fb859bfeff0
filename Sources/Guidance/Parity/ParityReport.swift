public import TensorCore

/// How far computed tensors lie from expected ones.
public struct ParityReport: Sendable, Equatable, CustomStringConvertible {
    /// One compared tensor.
    public struct Row: Sendable, Equatable {
        /// Name of the expected tensor.
        public let name: String
        /// Its shape, as stored.
        public let shape: Shape
        /// Largest absolute difference.
        public let absolute: Float
        /// The same, divided by the expected tensor's largest magnitude.
        public let relative: Float
        /// Largest relative difference that passes; 0 asks for equality.
        public let tolerance: Float

        /// Whether the difference is within the tolerance; one that is not a number is not.
        public var passed: Bool { relative <= tolerance }

        /// Compares two tensors of one shape, element by element.
        init(_ name: String, _ shape: Shape, expected: [Float], found: [Float], tolerance: Float) {
            precondition(expected.count == found.count, "\(name): \(found.count) values for \(expected.count)")
            let scale = expected.reduce(0) { max($0, abs($1)) }
            let difference = zip(expected, found).reduce(Float(0)) { largest, pair in
                let distance = abs(pair.0 - pair.1)
                // A plain maximum would drop what is not a number.
                return distance.isNaN || largest.isNaN ? .nan : max(largest, distance)
            }
            self.init(
                name: name, shape: shape, absolute: difference,
                relative: difference == 0 ? 0 : scale > 0 ? difference / scale : .infinity, tolerance: tolerance)
        }

        /// A tensor that nothing here computes: it fails.
        init(notCompared name: String, shape: Shape) {
            self.init(name: "\(name) (not compared)", shape: shape, absolute: .nan, relative: .nan, tolerance: 0)
        }

        init(name: String, shape: Shape, absolute: Float, relative: Float, tolerance: Float) {
            self.name = name
            self.shape = shape
            self.absolute = absolute
            self.relative = relative
            self.tolerance = tolerance
        }
    }

    /// The folder that holds the expected values.
    public let folder: String
    /// What the folder checks: `vqgan`, `clip`, `loop` or `optimizer`.
    public let kind: String
    /// Who computed.
    public let backend: String
    /// One row per compared tensor, in a fixed order.
    public let rows: [Row]

    /// Whether something was compared and all of it passed.
    public var passed: Bool { !rows.isEmpty && rows.allSatisfy(\.passed) }

    /// A table with one line per tensor and a last line that says whether all passed.
    public var description: String {
        let table =
            [["tensor", "shape", "absolute", "relative", "tolerance", ""]]
            + rows.map {
                [
                    $0.name, "\($0.shape)", Self.short($0.absolute), Self.short($0.relative), Self.short($0.tolerance),
                    $0.passed ? "pass" : "FAIL",
                ]
            }
        let widths = table[0].indices.map { column in table.map { $0[column].count }.reduce(0, max) }
        let lines = table.map { row in
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            return String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
        }
        let failed = rows.filter { !$0.passed }.count
        let verdict =
            rows.isEmpty
            ? "nothing to compare" : failed == 0 ? "all \(rows.count) passed" : "\(failed) of \(rows.count) failed"
        return "\(folder) (\(kind)) on \(backend)\n\(lines.joined(separator: "\n"))\n\(verdict)"
    }

    /// Two digits are enough to see an order of magnitude: `3.1e-06`.
    private static func short(_ value: Float) -> String {
        guard value.isFinite, value != 0 else { return "\(value)" }
        var (mantissa, exponent) = (abs(Double(value)), 0)
        while mantissa >= 9.95 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
        while mantissa < 0.995 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
        let tenths = Int((mantissa * 10).rounded())
        return "\(value < 0 ? "-" : "")\(tenths / 10).\(tenths % 10)e\(exponent < 0 ? "-" : "+")"
            + "\(abs(exponent) < 10 ? "0" : "")\(abs(exponent))"
    }
}
