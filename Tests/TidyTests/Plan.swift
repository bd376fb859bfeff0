/// The plan of the house: for each target the modules it may import.
///
/// An arrow points down only. The farm column never imports a tensor, the picture column never a socket; they meet in
/// the services. A new import is a change of the plan, so it is made here first, with a reason in the commit.
enum Plan {
    /// Targets that import no Foundation, no clock, no logging and no randomness: they can be simulated.
    static let pure: Set = ["TensorCore", "FarmModel", "FarmCoordinator", "FarmWorker", "FarmSimulation"]

    private static let collections: Set = ["Collections", "DequeModule", "HeapModule", "OrderedCollections"]
    private static let system: Set = ["Foundation", "FoundationEssentials", "Glibc", "Synchronization"]
    private static let shell: Set = ["Crypto", "Dispatch", "Logging", "ServiceLifecycle"]

    static let allowed: [String: Set<String>] = [
        // The picture column.
        "TensorCore": ["Glibc"],
        "TensorCPU": ["CIntrinsics", "COpenBLAS", "Glibc", "Synchronization", "TensorCore"],
        "Checkpoints": system.union(["CZlib", "TensorCore", "Yams"]),
        "Imaging": ["CPNG", "Foundation", "Glibc"],
        "VQGAN": system.union(["Checkpoints", "TensorCore"]),
        "CLIP": system.union(["Checkpoints", "TensorCore"]),
        "StarterModel": system.union(["Checkpoints"]),
        "ModelStore": system.union(["CLIP", "Checkpoints", "Crypto", "FoundationNetworking", "TensorCore", "VQGAN"]),
        "Guidance": system.union([
            "CLIP", "Checkpoints", "Crypto", "Imaging", "ModelStore", "StarterModel", "TensorCore", "VQGAN",
        ]),

        // Measures both backends' loops; nothing but the command knows it.
        "Bench": system.union(["CLIP", "COpenBLAS", "Checkpoints", "Guidance", "TensorCPU", "TensorCore", "VQGAN"]),

        // The farm column.
        "FarmModel": collections,
        "FarmCoordinator": collections.union(["FarmModel"]),
        "FarmWorker": collections.union(["FarmModel"]),
        "FarmProtocol": system.union(["FarmModel", "OrderedCollections", "SwiftProtobuf"]),
        // Who may speak: keys and the files that hold them. libzmq makes the keys.
        "FarmKeys": system.union(["CZeroMQ", "Crypto", "FarmModel"]),
        "FarmTransport": system.union(["CZeroMQ", "Dispatch", "FarmKeys", "FarmModel", "FarmProtocol", "Logging"]),
        "FarmSimulation": collections.union(["FarmCoordinator", "FarmModel", "FarmProtocol", "FarmWorker"]),
        "FarmStore": system.union(["CLinux", "Crypto", "Dispatch", "FarmModel", "GRDB", "OrderedCollections"]),

        // Where the columns meet.
        "CoordinatorService": system.union(shell).union([
            "FarmCoordinator", "FarmKeys", "FarmModel", "FarmProtocol", "FarmStore", "FarmTransport", "Imaging",
            "OrderedCollections",
        ]),
        // The outbox of results lies in FarmStore beside the coordinator's blobs.
        "WorkerService": system.union(shell).union([
            "CLinux", "Checkpoints", "FarmKeys",
            "FarmModel", "FarmProtocol", "FarmStore", "FarmTransport", "FarmWorker", "Guidance", "Imaging",
            "ModelStore", "OrderedCollections", "Subprocess", "SystemPackage", "TensorCPU",
        ]),
        // Loads a coordinator from outside: the worker's machine, the codec and bare sockets.
        "FarmBench": system.union(["CLinux", "Crypto", "Logging"]).union([
            "FarmKeys", "FarmModel", "FarmProtocol", "FarmTransport", "FarmWorker", "OrderedCollections",
        ]),
        // Under Tests, so that its imports are not read.
        "chaos": [],
        "atelier": system.union(shell).union([
            "ArgumentParser", "Bench", "CLinux", "COpenBLAS", "CZeroMQ", "Checkpoints", "CoordinatorService",
            "FarmBench",
            "FarmCoordinator",
            "FarmKeys", "FarmModel",
            "FarmProtocol", "FarmSimulation", "FarmTransport", "Guidance", "Imaging", "ModelStore",
            "OrderedCollections", "StarterModel",
            "Subprocess", "SystemPackage", "TensorCPU", "TensorCore", "UnixSignals", "WorkerService", "Yams",
        ]),
    ]

    /// What may lie at the top of the repository besides dotfiles.
    static let topLevel: Set = [
        "LICENSE", "Package.resolved", "Package.swift", "README.md", "Sources", "Tests", "atelier-output", "deploy",
        "protocols",
    ]

    /// The greatest number of lines of a source file.
    static let lines = 400
}
