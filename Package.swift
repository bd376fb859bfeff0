// swift-tools-version: 6.2
import PackageDescription

// The plan of the house: two columns of targets, an arrow points down only. `Tests/TidyTests` reads the imports
// of every target and fails on one that this plan does not allow.

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

// Numeric targets are optimised in debug builds too: a test that renders would take minutes otherwise.
#if arch(x86_64)
    let compute: [SwiftSetting] = [
        .unsafeFlags(["-Xcc", "-march=x86-64-v3"]), .unsafeFlags(["-O"], .when(configuration: .debug)),
    ]
#else
    let compute: [SwiftSetting] = [.unsafeFlags(["-O"], .when(configuration: .debug))]
#endif

extension Target.Dependency {
    static let collections: Self = .product(name: "Collections", package: "swift-collections")
    static let crypto: Self = .product(name: "Crypto", package: "swift-crypto")
    static let grdb: Self = .product(name: "GRDB", package: "GRDB.swift")
    static let logging: Self = .product(name: "Logging", package: "swift-log")
    static let protobuf: Self = .product(name: "SwiftProtobuf", package: "swift-protobuf")
    static let lifecycle: Self = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let unixSignals: Self = .product(name: "UnixSignals", package: "swift-service-lifecycle")
    static let argumentParser: Self = .product(name: "ArgumentParser", package: "swift-argument-parser")
    static let subprocess: Self = .product(name: "Subprocess", package: "swift-subprocess")
    static let systemPackage: Self = .product(name: "SystemPackage", package: "swift-system")
    static let yams: Self = .product(name: "Yams", package: "Yams")
}

/// One target under `Sources/<group>/<name>`, in Swift 6 mode with the strict features on.
func target(
    _ name: String, in group: String, _ dependencies: [Target.Dependency], exclude: [String] = [],
    resources: [Resource]? = nil, settings: [SwiftSetting] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Sources/\(group)\(group.isEmpty ? "" : "/")\(name)",
        exclude: exclude, resources: resources, swiftSettings: strict + settings)
}

func tests(
    _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource]? = nil,
    settings: [SwiftSetting] = []
) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, path: "Tests/\(name)", exclude: exclude, resources: resources,
        swiftSettings: strict + settings)
}

let package = Package(
    name: "atelier",
    products: [.executable(name: "atelier", targets: ["atelier"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
    ],
    targets: [
        // MARK: - System libraries
        // No pkg-config: their headers and libraries lie where the compiler looks, and libzmq's file brings warnings.
        .systemLibrary(name: "CZeroMQ", path: "Sources/System/CZeroMQ", providers: [.apt(["libzmq3-dev"])]),
        .systemLibrary(name: "COpenBLAS", path: "Sources/System/COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CPNG", path: "Sources/System/CPNG", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(name: "CLinux", path: "Sources/System/CLinux"),
        .systemLibrary(name: "CIntrinsics", path: "Sources/System/CIntrinsics"),
        .systemLibrary(name: "CZlib", path: "Sources/System/CZlib", providers: [.apt(["zlib1g-dev"])]),

        // MARK: - Picture column
        target("TensorCore", in: "Tensors", [], settings: compute),
        target("TensorCPU", in: "Tensors", ["TensorCore", "CIntrinsics", "COpenBLAS"], settings: compute),
        target("Checkpoints", in: "Models", ["TensorCore", "CZlib", .yams], settings: compute),
        target("Imaging", in: "", ["CPNG"], settings: compute),
        target("VQGAN", in: "Models", ["TensorCore", "Checkpoints"], settings: compute),
        target(
            "CLIP", in: "Models", ["TensorCore", "Checkpoints"], resources: [.copy("Resources")], settings: compute),
        target("StarterModel", in: "Models", ["Checkpoints"], resources: [.copy("Resources")]),
        target(
            "ModelStore", in: "Models", ["TensorCore", "Checkpoints", "VQGAN", "CLIP", .crypto], settings: compute),
        target(
            "Guidance", in: "",
            [
                "TensorCore", "VQGAN", "CLIP", "Checkpoints", "ModelStore", "StarterModel", "Imaging", .crypto,
            ],
            settings: compute),

        target(
            "Bench", in: "", ["TensorCore", "TensorCPU", "VQGAN", "CLIP", "Checkpoints", "Guidance", "COpenBLAS"],
            exclude: ["PERFORMANCE.md"]),

        // MARK: - Farm column
        target("FarmModel", in: "Farm", [.collections]),
        target("FarmCoordinator", in: "Farm", ["FarmModel", .collections]),
        target("FarmWorker", in: "Farm", ["FarmModel", .collections]),
        target("FarmProtocol", in: "Farm", ["FarmModel", .collections, .protobuf]),
        target("FarmKeys", in: "Farm", ["FarmModel", "CZeroMQ", .crypto]),
        target("FarmTransport", in: "Farm", ["FarmModel", "FarmKeys", "FarmProtocol", "CZeroMQ", .logging]),
        target("FarmStore", in: "Farm", ["FarmModel", "CLinux", .collections, .grdb, .crypto]),

        // The real machines and the real codec under virtual time, to find their bugs.
        target(
            "FarmSimulation", in: "Farm",
            ["FarmModel", "FarmCoordinator", "FarmWorker", "FarmProtocol", .collections]),

        // MARK: - Services, where the columns meet
        target(
            "CoordinatorService", in: "Services",
            [
                "FarmModel", "FarmCoordinator", "FarmKeys", "FarmProtocol", "FarmTransport", "FarmStore", "Imaging",
                .collections, .lifecycle, .logging, .crypto,
            ]),
        target(
            "WorkerService", in: "Services",
            [
                "FarmModel", "FarmWorker", "FarmKeys", "FarmProtocol", "FarmTransport", "FarmStore", "TensorCPU",
                "Checkpoints", "Guidance", "Imaging", "ModelStore", "CLinux", .collections, .lifecycle, .logging,
                .crypto, .subprocess, .systemPackage,
            ]),
        // Loads a coordinator from outside; nothing but the command knows it.
        target(
            "FarmBench", in: "Services",
            [
                "FarmModel", "FarmWorker", "FarmKeys", "FarmProtocol", "FarmTransport", "CLinux", .collections,
                .logging, .crypto,
            ]),
        .executableTarget(
            name: "atelier",
            dependencies: [
                "CoordinatorService", "WorkerService", "FarmBench", "FarmModel", "FarmCoordinator", "FarmKeys",
                "FarmProtocol",
                "FarmTransport", "FarmSimulation", "Guidance", "ModelStore", "Checkpoints", "StarterModel", "Imaging",
                "TensorCPU", "Bench", "CLinux", "CZeroMQ",
                "COpenBLAS", .argumentParser, .lifecycle,
                .unixSignals, .logging, .yams, .subprocess, .systemPackage, .crypto, .collections, "TensorCore",
            ],
            path: "Sources/atelier", swiftSettings: strict),

        // MARK: - Tests
        tests("TensorCoreTests", ["TensorCore", "TensorCPU"]),
        tests("TensorCPUTests", ["TensorCore", "TensorCPU"], settings: compute),
        tests(
            "CheckpointsTests", ["Checkpoints", "TensorCore", "CZlib"], resources: [.copy("Fixtures")],
            settings: compute),
        tests("VQGANTests", ["VQGAN", "Checkpoints", "StarterModel", "TensorCore", "TensorCPU"]),
        tests("CLIPTests", ["CLIP", "Checkpoints", "StarterModel", "TensorCore", "TensorCPU"]),
        tests("ModelStoreTests", ["ModelStore", "Checkpoints", "TensorCore", .crypto]),
        tests(
            "ParityTests", ["Guidance", "StarterModel", "Checkpoints", "TensorCore", "TensorCPU"],
            resources: [.copy("Fixtures")]),
        tests("FarmBenchTests", ["FarmBench", "FarmModel", "FarmTransport"]),
        tests("BenchTests", ["Bench", "Checkpoints", "TensorCore", "TensorCPU"]),
        tests("ImagingTests", ["Imaging"], resources: [.copy("Fixtures")]),
        tests(
            "GuidanceTests",
            ["Guidance", "TensorCore", "TensorCPU", "VQGAN", "CLIP", "Checkpoints", "StarterModel", "Imaging"],
            settings: compute),
        tests("FarmModelTests", ["FarmModel", .collections]),
        tests("FarmCoordinatorTests", ["FarmModel", "FarmCoordinator", .collections]),
        tests("FarmSimulationTests", ["FarmSimulation"]),
        tests("FarmWorkerTests", ["FarmModel", "FarmProtocol", "FarmWorker", .collections]),
        tests("FarmProtocolTests", ["FarmModel", "FarmProtocol", .collections]),
        tests("FarmKeysTests", ["FarmModel", "FarmKeys"]),
        tests(
            "FarmTransportTests", ["FarmModel", "FarmKeys", "FarmProtocol", "FarmTransport", .collections, .logging]),
        tests(
            "FarmStoreTests", ["FarmStore", "FarmModel", .collections, .grdb], resources: [.copy("Fixtures")]),
        tests(
            "CoordinatorServiceTests",
            [
                "CoordinatorService", "FarmCoordinator", "FarmKeys", "FarmModel", "FarmProtocol", "FarmStore",
                "FarmTransport", .collections, .logging,
            ]),
        tests(
            "WorkerServiceTests",
            [
                "WorkerService", "CoordinatorService", "FarmCoordinator", "FarmKeys", "FarmModel", "FarmProtocol",
                "FarmStore", "FarmTransport", "FarmWorker", "Guidance", "StarterModel", .collections, .logging,
            ]),
        tests(
            "AtelierTests",
            ["atelier", "CoordinatorService", "FarmModel", "ModelStore", .argumentParser, .collections],
            exclude: ["Golden"]),
        tests("EndToEndTests", ["atelier", "chaos"]),
        // Real processes under faults; `deploy/chaos` runs it.
        .executableTarget(
            name: "chaos",
            dependencies: [
                "FarmKeys", "FarmModel", "FarmProtocol", "FarmTransport", "FarmStore", .argumentParser, .collections,
                .crypto, .grdb, .logging,
            ],
            path: "Tests/Chaos", swiftSettings: strict),
        tests("TidyTests", []),
    ]
)
