/// How many failures of each class a task may have and still be tried again; nil sets no bound.
///
/// A budget of 3 allows four attempts: the first and three more.
public struct RetryBudget: Hashable, Sendable {
    /// The node or the network failed; 5.
    public var infrastructure: UInt32?
    /// The worker had no room; unbounded, since nothing was tried.
    public var busy: UInt32?
    /// The task itself failed; 3.
    public var task: UInt32?
    /// The outputs did not verify; 1.
    public var badOutput: UInt32?
    /// It cannot work anywhere; 0.
    public var configuration: UInt32?

    /// Makes a budget.
    public init(
        infrastructure: UInt32? = 5, busy: UInt32? = nil, task: UInt32? = 3, badOutput: UInt32? = 1,
        configuration: UInt32? = 0
    ) {
        self.infrastructure = infrastructure
        self.busy = busy
        self.task = task
        self.badOutput = badOutput
        self.configuration = configuration
    }

    /// The budget of one class.
    public subscript(_ failureClass: Failure.Class) -> UInt32? {
        get {
            switch failureClass {
            case .infrastructure: infrastructure
            case .busy: busy
            case .task: task
            case .badOutput: badOutput
            case .configuration: configuration
            }
        }
        set {
            switch failureClass {
            case .infrastructure: infrastructure = newValue
            case .busy: busy = newValue
            case .task: task = newValue
            case .badOutput: badOutput = newValue
            case .configuration: configuration = newValue
            }
        }
    }
}
