extension Tensor {
    /// A chain of pieces of network of which the tape keeps the input alone (Chen, Xu, Zhang and Guestrin, "Training deep
    /// nets with sublinear memory cost", 2016).
    ///
    /// On the way back the inputs of the pieces are computed again, the last one first; the elements are the very same,
    /// and so is the gradient. Each piece is called three times: without a tape for its result, without a tape on the way
    /// back, and with a hollow input for the tape. See `hollowed()` for what that asks of it; its result must depend on its
    /// input alone.
    /// - Parameters:
    ///   - pieces: what is run one after the other, one at least.
    ///   - kept: inputs of how many pieces, counted from the second, stay in memory while the way back goes through the
    ///     chain: each saves the later pieces some work.
    /// - Returns: the result of the last piece.
    public func recomputing(through pieces: [(Tensor) -> Tensor], keeping kept: Int) -> Tensor {
        let result = pieces.reduce(detached()) { $1($0) }
        guard let node else { return result }
        let input = saved
        return Tensor(
            shape: result.shape, buffer: result.buffer, backend: backend,
            node: Node(inputs: [node]) { [RecomputedChain(input(), pieces, kept).goBack(&$0)] })
    }
}

/// A chain on the way back.
private struct RecomputedChain {
    private let pieces: [(Tensor) -> Tensor]
    private let kept: Int
    /// Inputs of the first pieces.
    private var inputs: [Tensor]

    init(_ input: Tensor, _ pieces: [(Tensor) -> Tensor], _ kept: Int) {
        (self.pieces, self.kept, inputs) = (pieces, kept, [input])
    }

    func goBack(_ cotangent: inout Cotangent) -> Tensor? {
        var chain = self
        var arrived = Cotangent(cotangent.take(), isSpent: cotangent.isSpent)
        for place in pieces.indices.reversed() {
            guard let next = chain.goBack(through: place, &arrived) else { return nil }
            arrived = next
        }
        return arrived.take()
    }

    /// Through one piece; afterwards its input is in memory no more.
    private mutating func goBack(through place: Int, _ cotangent: inout Cotangent) -> Cotangent? {
        let (root, leaf) = record(place)
        return TensorCore.goBack(from: root, &cotangent, to: [leaf])[0]
    }

    /// Puts a piece on the tape: the tape is all that holds its input.
    private mutating func record(_ place: Int) -> (root: Node, leaf: Node) {
        let leaf = input(of: place).tracked()
        let result = pieces[place](leaf.hollowed())
        guard let root = result.node, let node = leaf.node else {
            preconditionFailure("a piece of a chain does not depend on its input")
        }
        return (root, node)
    }

    private mutating func input(of place: Int) -> Tensor {
        if place < inputs.count { return place == 0 ? inputs[0] : inputs.removeLast() }
        let start = inputs.count - 1
        var x = inputs[start]
        for piece in start..<place {
            x = pieces[piece](x)
            if inputs.count == piece + 1, piece + 1 < place, inputs.count <= kept { inputs.append(x) }
        }
        return x
    }
}
