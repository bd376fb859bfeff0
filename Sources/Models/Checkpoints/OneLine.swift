extension String {
    /// The text with everything that would break or disguise a line written as `\u{…}`.
    ///
    /// Names from files go into messages; a line feed or a terminal's escape in one must stay visible.
    var asOneLine: String {
        guard unicodeScalars.contains(where: Self.isDisturbing) else { return self }
        var result = ""
        for scalar in unicodeScalars {
            if Self.isDisturbing(scalar) {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func isDisturbing(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse: true
        default: false
        }
    }
}
