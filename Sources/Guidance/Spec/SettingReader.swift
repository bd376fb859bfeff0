/// Reads single settings out of a JSON object, each checked against its row in the table.
struct SettingReader {
    let values: [String: JSONValue]

    func text(_ key: String) throws(RenderSpecError) -> String? {
        switch values[key] {
        case nil: return nil
        case .string(let value)?: return value
        case let other?: throw .wrongType(key: key, expected: "a text", found: other.kindName)
        }
    }

    func integer(_ key: String) throws(RenderSpecError) -> UInt64? {
        guard let value = values[key] else { return nil }
        guard case .integer(let range)? = RenderSettings.named(key)?.kind else {
            preconditionFailure("the setting \(key) is not a whole number")
        }
        switch value {
        case .unsigned(let number):
            guard range.contains(number) else { throw Self.outside(range, key, "\(number)") }
            return number
        case .number(let number) where number < 0:
            throw Self.outside(range, key, Int(exactly: number).map(String.init) ?? "\(number)")
        default: throw .wrongType(key: key, expected: "a whole number", found: value.kindName)
        }
    }

    func number(_ key: String) throws(RenderSpecError) -> Double? {
        guard let value = values[key] else { return nil }
        guard case .number(let range)? = RenderSettings.named(key)?.kind else {
            preconditionFailure("the setting \(key) is not a number")
        }
        let number: Double
        switch value {
        case .unsigned(let whole): number = Double(whole)
        case .number(let double): number = double
        default: throw .wrongType(key: key, expected: "a number", found: value.kindName)
        }
        guard range.contains(number) else { throw Self.outside(range, key, "\(number)") }
        return number
    }

    func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String
    ) throws(RenderSpecError) -> Choice? where Choice.RawValue == String {
        guard let value = values[key] else { return nil }
        let choices = Choice.allCases.map(\.rawValue)
        guard case .string(let word) = value else {
            throw .wrongType(key: key, expected: "one of \(choices.joined(separator: ", "))", found: value.kindName)
        }
        guard let choice = Choice(rawValue: word) else { throw Self.notAChoice(key, word, choices) }
        return choice
    }

    func augmentations(_ key: String) throws(RenderSpecError) -> [AugmentationName]? {
        guard let value = values[key] else { return nil }
        guard case .array(let items) = value else {
            throw .wrongType(key: key, expected: "a list such as [affine, jitter]", found: value.kindName)
        }
        guard items.count <= Limits.augmentations else {
            throw .outOfRange(
                key: key, value: "a list of \(items.count)", allowed: "0 ... \(Limits.augmentations) names")
        }
        var names: [AugmentationName] = []
        for item in items {
            guard case .string(let word) = item else {
                throw .wrongType(key: key, expected: "a list of names", found: "a list with \(item.kindName)")
            }
            guard let name = AugmentationName(named: word) else {
                throw Self.notAChoice(key, word, AugmentationName.allCases.map(\.rawValue))
            }
            names.append(name)
        }
        return names
    }

    func size(_ key: String) throws(RenderSpecError) -> PictureSize? {
        guard let value = values[key] else { return nil }
        var sides: [Int] = []
        switch value {
        case .array(let items):
            for case .unsigned(let side) in items { sides.append(Int(clamping: side)) }
            if items.count != 2 { sides = [] }
        case .string(let text):
            let parts = text.split(whereSeparator: { $0 == "x" || $0 == "×" })
            sides = parts.count == 2 ? parts.compactMap { Int($0) } : []
        default: break
        }
        guard sides.count == 2 else {
            throw .wrongType(key: key, expected: "[width, height] in whole pixels", found: value.kindName)
        }
        for side in sides where !Limits.side.contains(side) { throw Self.outside(Limits.side, key, "\(side)") }
        return PictureSize(width: sides[0], height: sides[1])
    }

    func file(_ key: String) throws(RenderSpecError) -> FileReference? {
        guard let value = values[key] else { return nil }
        return try Self.file(value, key: key)
    }

    static func file(_ value: JSONValue, key: String) throws(RenderSpecError) -> FileReference {
        guard case .string(let text) = value else {
            throw .wrongType(key: key, expected: "a file's name", found: value.kindName)
        }
        return FileReference(text: text)
    }

    private static func outside<Bound>(_ range: ClosedRange<Bound>, _ key: String, _ value: String) -> RenderSpecError {
        .outOfRange(key: key, value: value, allowed: "\(range.lowerBound) ... \(range.upperBound)")
    }

    private static func notAChoice(_ key: String, _ word: String, _ choices: [String]) -> RenderSpecError {
        .notAChoice(
            key: key, value: word, choices: choices, nearest: nearestName(to: word, among: choices) ?? choices[0])
    }
}
