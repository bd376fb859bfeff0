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
        case .drawn(_, let deviations):
            let count = deviations.count * each
            return [Float](unsafeUninitializedCapacity: count) { memory, initialized in
                for view in 0..<deviations.count {
                    write(view, UnsafeMutableBufferPointer(rebasing: memory[(view * each)..<((view + 1) * each)]))
                }
                initialized = count
            }
        }
    }

    /// All numbers as a tensor; views are made on different threads where there are some.
    func tensor(shape: Shape, on backend: any Backend) -> Tensor {
        switch source {
        case .given(let values): Tensor(values, shape: shape, on: backend)
        case .drawn(_, let deviations):
            Tensor(shape: shape, on: backend, parts: deviations.count) { write($0, $1) }
        }
    }

    /// The numbers of one view, counted from the first of these.
    private func write(_ view: Int, _ run: UnsafeMutableBufferPointer<Float>) {
        guard case .drawn(let random, let deviations) = source, let base = run.baseAddress else { return }
        random.fillNormals(base, from: (first + view) * each, count: each)
        let deviation = deviations[deviations.startIndex + view]
        for i in 0..<each { base[i] *= deviation }
    }
}
