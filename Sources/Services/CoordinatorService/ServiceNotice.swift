public import FarmCoordinator
public import FarmModel

/// News of a coordinator for whoever watches it.
public enum ServiceNotice: Sendable {
    /// From the machine.
    case farm(FarmNotice)
    /// Every task of a job has ended, and all that belongs to it is published.
    case outputsComplete(JobStatus, JobOutputs)
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

    /// Makes a description.
    public init(folder: String, contactSheets: [String] = [], plot: String? = nil) {
        self.folder = folder
        self.contactSheets = contactSheets
        self.plot = plot
    }
}
