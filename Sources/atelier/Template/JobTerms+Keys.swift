import FarmModel

/// A value that does not fit a term, in one line.
struct UnfitTerm: Error, CustomStringConvertible {
    let description: String
}

extension JobTerms {
    /// Keys of a template, in the order in which help lists them.
    static let keys = [
        "priority", "submitter", "failure_limit", "retries", "memory", "device", "tags", "chain", "checkpoint", "stall",
        "minimum", "maximum", "expected",
    ]

    /// Sets one term as a template writes it.
    mutating func set(_ key: String, to value: SettingValue) throws(UnfitTerm) {
        switch (key, value) {
        case ("priority", .integer(let number)):
            guard let fits = Int32(exactly: number) else { throw JobTerms.unfit(key) }
            priority = fits
        case ("submitter", .string(let text)): submitter = text
        case ("failure_limit", .integer(let number)):
            guard number > 0, let fits = UInt32(exactly: number) else { throw JobTerms.unfit(key) }
            failureLimit = fits
        case ("retries", .integer(let number)):
            guard let fits = UInt32(exactly: number), fits <= JobTerms.mostRetries else { throw JobTerms.unfit(key) }
            retries = fits
        case ("memory", _):
            guard let number = value.double, (0...JobTerms.largestMemory).contains(number) else {
                throw JobTerms.unfit(key)
            }
            memory = number
        case ("device", .string(let text)):
            guard let fits = Device(rawValue: text) else { throw JobTerms.unfit(key) }
            device = fits
        case ("tags", .list(let values)):
            var words: [String] = []
            for value in values {
                guard case .string(let word) = value else { throw JobTerms.unfit(key) }
                words.append(word)
            }
            tags = words
        case ("tags", .string(let word)): tags = [word]
        case ("chain", .boolean(let flag)): chain = flag
        case ("checkpoint", _): checkpointSeconds = try JobTerms.seconds(value, key)
        case ("stall", _): stallSeconds = try JobTerms.seconds(value, key)
        case ("minimum", _): minimumSeconds = try JobTerms.seconds(value, key)
        case ("maximum", _): maximumSeconds = try JobTerms.seconds(value, key)
        case ("expected", _): expectedSeconds = try JobTerms.seconds(value, key)
        default: throw JobTerms.unfit(key)
        }
    }

    private static func seconds(_ value: SettingValue, _ key: String) throws(UnfitTerm) -> Double {
        guard let number = value.double, (0.001...longest).contains(number) else { throw unfit(key) }
        return number
    }

    private static func unfit(_ key: String) -> UnfitTerm {
        let accepted =
            switch key {
            case "priority": "a whole number"
            case "submitter": "a name"
            case "failure_limit": "a number of tasks from 1"
            case "retries": "a number from 0 to \(mostRetries)"
            case "memory": "gigabytes from 0 to \(Int(largestMemory))"
            case "device": "cpu or gpu"
            case "tags": "a list of words"
            case "chain": "true or false"
            default: "seconds from 0.001 to \(Int(longest))"
            }
        return UnfitTerm(description: "\(key) is \(accepted)")
    }
}

extension SettingValue {
    /// The value as a number, if it is one.
    fileprivate var double: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .number(let number): number
        case .string, .boolean, .list: nil
        }
    }
}
