public import FarmCoordinator
public import FarmModel

/// News of a coordinator for whoever watches it.
public enum ServiceNotice: Sendable {
    /// From the machine.
    case farm(FarmNotice)
    /// Every task of a job has ended, and its folder is complete, or the first try to complete it failed: then it comes
    /// again when that is done.
    case outputsComplete(JobStatus, JobOutputs)

    /// Whether it comes so often that it is no news.
    public var isFrequent: Bool {
        switch self {
        case .farm(let notice): notice.isFrequent
        case .outputsComplete: false
        }
    }

    /// The news as a line of a log.
    public var sentence: String {
        switch self {
        case .farm(let notice): notice.sentence
        case .outputsComplete(let status, let outputs):
            "\(status.job) \"\(status.name)\" is in \(outputs.folder)"
                + (outputs.unpublished == 0 ? "" : ", but for files of \(outputs.unpublished) results")
        }
    }
}

/// Where the outputs of a job are.
public struct JobOutputs: Sendable, Hashable {
    /// The job's folder: an absolute path.
    public var folder: String
    /// Paths of the contact sheets.
    public var contactSheets: [String]
    /// Path of the plot of all curves, if there is one.
    public var plot: String?
    /// Recorded results whose files could not be put in place; the log says why.
    public var unpublished = 0
    /// Why the folder is not complete, in one line; nil if it is.
    public var trouble: String?

    /// Makes a description.
    public init(folder: String, contactSheets: [String] = [], plot: String? = nil) {
        self.folder = folder
        self.contactSheets = contactSheets
        self.plot = plot
    }
}
