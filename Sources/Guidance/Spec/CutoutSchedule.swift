/// How many views CLIP judges, step by step: a number, or numbers with the iterations at which they begin.
///
/// Written `32`, or `32@0,16@200`: 32 views from the start, 16 from iteration 200 on.
public struct CutoutSchedule: Sendable, Hashable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    /// A number of views from some iteration on.
    public struct Stage: Sendable, Hashable {
        /// Steps done before the first step of this stage.
        public var iteration: Int
        /// Views per step.
        public var count: Int
    }

    /// The stages in order; the first begins at 0.
    public let stages: [Stage]

    /// The same number throughout.
    public init(_ count: Int) { stages = [Stage(iteration: 0, count: count)] }

    /// The same number throughout.
    public init(integerLiteral count: Int) { self.init(count) }

    /// Reads `count@iteration,…`; nil unless the first stage begins at 0 (`@0` may be left out) and the others later,
    /// in order.
    public init?(_ text: String) {
        var stages: [Stage] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let fields = part.split(separator: "@", omittingEmptySubsequences: false).map { String($0).trimmed }
            guard let count = Self.number(fields[0]), fields.count <= 2, stages.count < Limits.cutoutStages else {
                return nil
            }
            guard let iteration = fields.count == 2 ? Self.number(fields[1]) : stages.isEmpty ? 0 : nil,
                stages.last.map({ iteration > $0.iteration }) ?? (iteration == 0)
            else { return nil }
            stages.append(Stage(iteration: iteration, count: count))
        }
        self.stages = stages
    }

    /// Plain digits only, few enough for any count or iteration.
    private static func number(_ text: String) -> Int? {
        text.utf8.count <= 9 && text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
    }

    /// Views in the step that follows `iteration` steps.
    public func count(at iteration: Int) -> Int {
        stages.last { $0.iteration <= iteration }?.count ?? stages[0].count
    }

    /// As it is written.
    public var description: String {
        stages.count == 1
            ? "\(stages[0].count)" : stages.map { "\($0.count)@\($0.iteration)" }.joined(separator: ",")
    }
}

extension CutoutSchedule: SettingConvertible {
    static var kind: RenderSetting.Kind? { nil }

    static func read(
        _ value: JSONValue, key: String, kind: RenderSetting.Kind
    ) throws(RenderSpecError) -> CutoutSchedule {
        guard case .schedule(let range) = kind else { preconditionFailure("the setting \(key) is no schedule") }
        let schedule: CutoutSchedule
        if case .string(let text) = value {
            guard let read = CutoutSchedule(text) else {
                throw .wrongType(
                    key: key,
                    expected: "a number, or numbers with the iterations they begin at in order, such as 32@0,16@200",
                    found: value.kindName)
            }
            schedule = read
        } else {
            schedule = CutoutSchedule(try Int.read(value, key: key, kind: .integer(range)))
        }
        for stage in schedule.stages {
            _ = try Int.read(.unsigned(UInt64(stage.count)), key: key, kind: .integer(range))
        }
        return schedule
    }

    var json: JSONValue? { stages.count == 1 ? stages[0].count.json : .string(description) }
}
