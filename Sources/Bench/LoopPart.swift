import TensorCore

/// The parts of an iteration, in the order in which they are run.
enum LoopPart: String, CaseIterable, Encodable {
    case search
    case decode
    case cutouts
    case clip
    case clipBackward = "clip_backward"
    case cutoutsBackward = "cutouts_backward"
    case decodeBackward = "decode_backward"
    /// Random numbers, sampling grids, the optimiser: everything that is no operation of the backend.
    case host

    /// What a reader calls it.
    var title: String {
        switch self {
        case .search: "search of the codebook"
        case .decode: "decoder"
        case .cutouts: "cutouts"
        case .clip: "CLIP"
        case .clipBackward: "CLIP backward"
        case .cutoutsBackward: "cutouts backward"
        case .decodeBackward: "decoder backward"
        case .host: "random numbers, grids, step"
        }
    }

    /// The part that an operation belongs to, given the part of the one before it.
    ///
    /// Each part begins with an operation that occurs nowhere else in it.
    static func part(of operation: Operation, after previous: LoopPart) -> LoopPart {
        switch operation {
        case .nearestCode: .search
        case .gather: previous == .search ? .decode : previous
        case .adaptiveAveragePool, .adaptiveMaxPool, .separable: previous == .decode ? .cutouts : previous
        case .clamp(_, _, .restoring): .decode
        case .conv2d(let convolution):
            convolution.stride == convolution.kernel && convolution.stride > 2 ? .clip : previous
        case .sphericalDistanceGradient: .clipBackward
        case .gridSample: .cutouts
        case .gridSampleGradient, .adaptiveAveragePoolGradient, .adaptiveMaxPoolGradient: .cutoutsBackward
        case .clampGradient(_, _, .restoring): .decodeBackward
        default: previous
        }
    }
}
