import FarmModel

/// An enumeration of the model with its twin on the wire.
///
/// Only the way out is written down; the way in searches it, so the two cannot disagree, and a value that is unknown
/// or unspecified is refused.
protocol WireMapped: CaseIterable, Sendable {
    associatedtype Wire: Equatable
    var wire: Wire { get }
}

extension WireMapped {
    init(_ wire: Wire, _ field: String) throws {
        guard let known = Self.allCases.first(where: { $0.wire == wire }) else {
            throw Malformed("\(field) has no known value")
        }
        self = known
    }
}

extension Action: WireMapped {
    var wire: WireTaskAction {
        switch self {
        case .render: .render
        case .noop: .noop
        }
    }
}

extension Refusal: WireMapped {
    var wire: WireRefuse.Reason {
        switch self {
        case .version: .version
        case .identity: .identity
        case .identityInUse: .identityInUse
        case .full: .full
        }
    }
}

extension Reconciliation.Verdict: WireMapped {
    var wire: WireReconcile.Verdict {
        switch self {
        case .adopt: .adopt
        case .abandon: .abandon
        case .finishDetached: .finishDetached
        case .resend: .resend
        }
    }
}

extension RevokeReason: WireMapped {
    var wire: WireRevoke.Reason {
        switch self {
        case .cancelled: .cancelled
        case .paused: .paused
        case .preempted: .preempted
        case .superseded: .superseded
        case .failed: .failed
        }
    }
}

extension Disposition: WireMapped {
    var wire: WireResultOK.Disposition {
        switch self {
        case .recorded: .recorded
        case .duplicate: .duplicate
        case .superseded: .superseded
        case .notWanted: .notWanted
        case .rejected: .rejected
        }
    }
}

extension Artifact.Kind: WireMapped {
    var wire: WireArtifact.Kind {
        switch self {
        case .frame: .frame
        case .losses: .losses
        case .file: .file
        }
    }
}

extension Failure.Class: WireMapped {
    var wire: WireFailure.Class {
        switch self {
        case .infrastructure: .infrastructure
        case .busy: .busy
        case .task: .task
        case .badOutput: .badOutput
        case .configuration: .configuration
        }
    }
}

extension AbortReason: WireMapped {
    var wire: WireBlobAbort.Reason {
        switch self {
        case .gap: .gap
        case .digest: .digest
        case .credit: .credit
        case .unknown: .unknown
        case .quota: .quota
        case .storage: .storage
        }
    }
}

extension Device: WireMapped {
    var wire: WireDevice {
        switch self {
        case .cpu: .cpu
        case .gpu: .gpu
        }
    }
}

extension DrainMode: WireMapped {
    var wire: WireDrainMode {
        switch self {
        case .eventual: .eventual
        case .checkpointed: .checkpointed
        case .expedited: .expedited
        case .immediate: .immediate
        }
    }
}

extension TaskFilter: WireMapped {
    var wire: WireQuery.Filter {
        switch self {
        case .all: .all
        case .waiting: .waiting
        case .running: .running
        case .succeeded: .succeeded
        case .failed: .failed
        case .cancelled: .cancelled
        }
    }
}

extension TaskStatus.State: WireMapped {
    var wire: WireTaskStatus.State {
        switch self {
        case .blocked: .blocked
        case .ready: .ready
        case .resting: .resting
        case .offered: .offered
        case .running: .running
        case .succeeded: .succeeded
        case .failed: .failed
        case .cancelled: .cancelled
        }
    }
}

extension WorkerStatus.State: WireMapped {
    var wire: WireWorkerStatus.State {
        switch self {
        case .joining: .joining
        case .active: .active
        case .draining: .draining
        case .away: .away
        }
    }
}
