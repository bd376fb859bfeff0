public import TensorCore

/// One kind of change to square views, before its parameters are drawn.
///
/// The semantics are kornia 0.5.4's, quirks included, because published settings were tuned with them; where a quirk
/// matters, `corrected` gives what was meant.
public protocol Augmentation: Sendable {
    /// Draws the parameters for `count` views of `side` × `side` pixels.
    func draw(count: Int, side: Int, from random: inout Philox) -> any DrawnAugmentation

    /// The settings that a user may change by name.
    static var tunables: [Tunable<Self>] { get }
}

/// An augmentation whose original has an oddity that can be put right.
public protocol QuirkyAugmentation: Augmentation {
    /// Does what was meant instead of what the original does; the augmentation's description says what that is.
    var corrected: Bool { get set }
}

/// A change to views with all its parameters known.
public protocol DrawnAugmentation: Sendable {
    /// Applies it to `[N, S, S, 3]`, or to `[1, S, S, 3]` that stands for N equal views.
    ///
    /// Views that the draw did not select pass through with their exact bits.
    func callAsFunction(_ views: Tensor) -> Tensor

    /// The same change of some of the views only.
    func part(_ range: Range<Int>) -> Self
}

/// A number of an augmentation with its name and range.
public struct Tunable<Root>: Sendable {
    /// As users write it.
    public let name: String
    /// Allowed values.
    public let range: ClosedRange<Float>
    let path: any WritableKeyPath<Root, Float> & Sendable

    init(_ name: String, _ path: any WritableKeyPath<Root, Float> & Sendable, in range: ClosedRange<Float>) {
        (self.name, self.path, self.range) = (name, path, range)
    }
}

extension Augmentation {
    /// The names and ranges of what can be changed, in order.
    public static var tuningRanges: [(name: String, range: ClosedRange<Float>)] {
        tunables.map { ($0.name, $0.range) }
    }

    /// Sets a number by its name; one that is not in `tuningRanges`, or lies outside its range, changes nothing.
    ///
    /// - Returns: whether it was set.
    public mutating func tune(_ name: String, to value: Float) -> Bool {
        guard let tunable = Self.tunables.first(where: { $0.name == name }), tunable.range.contains(value) else {
            return false
        }
        self[keyPath: tunable.path] = value
        return true
    }
}

extension Tensor {
    /// The views of `changed` that are selected, and of this tensor the others, each with its exact bits.
    ///
    /// Both are finite and have the same shape `[N, S, S, C]`.
    func replacingViews(with changed: Tensor, where selected: [Bool]) -> Tensor {
        if !selected.contains(false) { return changed }
        // Factors of exactly 0 and 1.
        let chosen = Tensor(selected.map { $0 ? 1 : 0 }, shape: [selected.count], on: backend)
        let others = Tensor(selected.map { $0 ? 0 : 1 }, shape: [selected.count], on: backend)
        return Tensor.apply(.multiplyPrefix, [changed, chosen]) + Tensor.apply(.multiplyPrefix, [self, others])
    }

    /// A batch of `count` views; one picture that stands for all is repeated.
    func expanded(to count: Int) -> Tensor { shape[0] == count ? self : repeatedBatch(count) }
}
