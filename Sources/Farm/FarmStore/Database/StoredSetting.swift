import FarmModel
import OrderedCollections

/// A setting as a pair in stored JSON: `["seed", {"integer": 7}]`.
struct StoredSetting: Codable {
    var key: String
    var value: StoredValue

    static func list(_ settings: Settings) -> [StoredSetting] {
        settings.map { StoredSetting(key: $0.key, value: StoredValue(value: $0.value)) }
    }

    static func settings(_ list: [StoredSetting]) throws -> Settings {
        var settings: Settings = [:]
        for pair in list {
            guard settings.updateValue(pair.value.value, forKey: pair.key) == nil else {
                throw StoredFormatError("the setting \"\(pair.key)\" occurs twice")
            }
        }
        return settings
    }

    init(key: String, value: StoredValue) {
        self.key = key
        self.value = value
    }

    init(from decoder: any Decoder) throws {
        var pair = try decoder.unkeyedContainer()
        key = try pair.decode(String.self)
        value = try pair.decode(StoredValue.self)
        guard pair.isAtEnd else { throw StoredFormatError("the setting \"\(key)\" has more than a value") }
    }

    func encode(to encoder: any Encoder) throws {
        var pair = encoder.unkeyedContainer()
        try pair.encode(key)
        try pair.encode(value)
    }
}

/// A value with its type in stored JSON.
struct StoredValue: Codable {
    var value: SettingValue

    private enum CodingKeys: String, CodingKey, CaseIterable { case string, integer, number, boolean, list }

    init(value: SettingValue) { self.value = value }

    init(from decoder: any Decoder) throws {
        try decoder.refuseKeys(except: CodingKeys.self)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        guard let key = values.allKeys.first, values.allKeys.count == 1 else {
            throw StoredFormatError("a value with \(values.allKeys.count) types")
        }
        value =
            switch key {
            case .string: .string(try values.decode(String.self, forKey: key))
            case .integer: .integer(try values.decode(Int64.self, forKey: key))
            case .number: .number(try values.decode(Double.self, forKey: key))
            case .boolean: .boolean(try values.decode(Bool.self, forKey: key))
            case .list: .list(try values.decode([StoredValue].self, forKey: key).map(\.value))
            }
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        switch value {
        case .string(let text): try values.encode(text, forKey: .string)
        case .integer(let number): try values.encode(number, forKey: .integer)
        case .number(let number): try values.encode(number, forKey: .number)
        case .boolean(let flag): try values.encode(flag, forKey: .boolean)
        case .list(let list): try values.encode(list.map(StoredValue.init(value:)), forKey: .list)
        }
    }
}

/// What is wrong with stored text.
struct StoredFormatError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Any key of an object.
private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension Decoder {
    /// Fails if the object has a key that is not a case of the type.
    func refuseKeys<Keys: CodingKey & CaseIterable>(except: Keys.Type) throws {
        let known = Set(Keys.allCases.map(\.stringValue))
        let unknown = try container(keyedBy: AnyKey.self).allKeys.map(\.stringValue).filter { !known.contains($0) }
        guard unknown.isEmpty else { throw StoredFormatError("unknown keys \(unknown.sorted())") }
    }
}
