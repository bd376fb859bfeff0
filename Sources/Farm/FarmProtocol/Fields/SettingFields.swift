import FarmModel
import OrderedCollections

extension [WireSetting] {
    init(_ settings: Settings) {
        self = settings.map { name, value in
            var setting = WireSetting()
            setting.name = name
            setting.value = WireSettingValue(value)
            return setting
        }
    }

    func model(_ field: String) throws -> Settings {
        let pairs = try Checked.unique(self, atMost: WireLimits.settings, field, key: \.name) { setting in
            let name = try Checked.name(setting.name, "\(field).name")
            try Checked.present(setting.hasValue, "\(field).\(name)")
            return (name: name, value: try setting.value.model("\(field).\(name)", depth: 0))
        }
        return Settings(uniqueKeysWithValues: pairs.map { ($0.name, $0.value) })
    }
}

extension WireSettingValue {
    init(_ value: SettingValue) {
        self.init()
        switch value {
        case .string(let text): self.text = text
        case .integer(let integer): self.integer = integer
        case .number(let number): self.number = number
        case .boolean(let flag): self.flag = flag
        case .list(let values):
            var list = WireSettingList()
            list.values = values.map { WireSettingValue($0) }
            self.list = list
        }
    }

    func model(_ field: String, depth: Int) throws -> SettingValue {
        switch kind {
        case .text(let text): return .string(text)
        case .integer(let integer): return .integer(integer)
        case .number(let number):
            guard number.isFinite else { throw Malformed("\(field) is not finite") }
            return .number(number)
        case .flag(let flag): return .boolean(flag)
        case .list(let list):
            guard depth < WireLimits.listDepth else {
                throw Malformed("\(field) has lists nested deeper than \(WireLimits.listDepth)")
            }
            return .list(try list.values.map { try $0.model(field, depth: depth + 1) })
        case nil: throw Malformed("\(field) has no value")
        }
    }
}
