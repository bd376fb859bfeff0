import TensorCore

/// Normal noise on views with a standard deviation per view, made for the views that ask.
///
/// Nothing of it lies in memory: the numbers of a view are a function of the stream and of its place in the batch.
public struct ViewNoise: Sendable {
    private enum Source {
        case drawn(Philox, deviations: ArraySlice<Float>)
        case given([Float])
    }

    private let source: Source
    /// Place of the first view in the batch that the noise was drawn for.
    private let first: Int
    /// Numbers of one view.
    private let each: Int

    /// Noise of `each` numbers per view from the stream's present state.
    init(_ random: Philox, deviations: [Float], each: Int) {
        (source, first, self.each) = (.drawn(random, deviations: deviations[...]), 0, each)
    }

    /// Known numbers, `each` of them per view.
    public init(values: [Float], each: Int) {
        precondition(each > 0 && values.count % each == 0, "\(values.count) numbers for views of \(each)")
        (source, first, self.each) = (.given(values), 0, each)
    }

    private init(_ source: Source, first: Int, each: Int) {
        (self.source, self.first, self.each) = (source, first, each)
    }

    /// The noise of some of the views.
    public func part(_ range: Range<Int>) -> ViewNoise {
        switch source {
        case .drawn(let random, let deviations):
            let start = deviations.startIndex
            let part = deviations[(start + range.lowerBound)..<(start + range.upperBound)]
            return ViewNoise(.drawn(random, deviations: part), first: first + range.lowerBound, each: each)
        case .given(let values):
            let part = values[(range.lowerBound * each)..<(range.upperBound * each)]
            return ViewNoise(.given(Array(part)), first: 0, each: each)
        }
    }

    /// All numbers, view after view.
    public var values: [Float] {
        switch source {
        case .given(let values): return values
        case .drawn(let random, let deviations):
            var noise = random.normals(from: first * each, count: deviations.count * each)
            noise.withUnsafeMutableBufferPointer { memory in
                for (view, deviation) in deviations.enumerated() {
                    let part = UnsafeMutableBufferPointer(rebasing: memory[(view * each)..<((view + 1) * each)])
                    for i in part.indices { part[i] *= deviation }
                }
            }
            return noise
        }
    }
}
