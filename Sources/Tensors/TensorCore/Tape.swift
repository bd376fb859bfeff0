/// One step of the tape: which nodes it came from and how a cotangent goes back through it.
final class Node {
    /// A pullback maps the cotangent of the result to one of each input, nil where none flows.
    typealias Pullback = (Tensor) -> [Tensor?]

    let inputs: [Node?]
    /// Emptied once used: what it had saved is freed while the backward pass goes on.
    private(set) var pullback: Pullback?
    /// Longest path to a leaf; a node is visited after everything deeper.
    let depth: Int

    init(leafOf shape: Shape) {
        inputs = []
        pullback = nil
        depth = 0
    }

    init(inputs: [Node?], pullback: @escaping Pullback) {
        self.inputs = inputs
        self.pullback = pullback
        depth = 1 + inputs.reduce(0) { max($0, $1?.depth ?? 0) }
    }

    func takePullback() -> Pullback {
        guard let taken = pullback else {
            preconditionFailure("this part of the tape was consumed by an earlier gradient; run the forward pass again")
        }
        pullback = nil
        return taken
    }

    /// A long chain would otherwise be released recursively, one stack frame a node.
    deinit { pullback = nil }
}

/// The gradient of a scalar with respect to tracked leaves, by one backward pass that consumes the tape.
///
/// - Parameters:
///   - loss: the tensor to differentiate; a scalar unless `cotangent` is given.
///   - targets: leaves made by `tracked()`.
///   - cotangent: what flows into `loss`, of its shape; 1 by default.
/// - Returns: one gradient per target, zeros where `loss` does not depend on it.
public func gradient(of loss: Tensor, withRespectTo targets: [Tensor], cotangent: Tensor? = nil) -> [Tensor] {
    precondition(cotangent != nil || loss.shape.count == 1, "the gradient of a \(loss.shape) needs a cotangent")
    let leaves = targets.map { target -> Node in
        guard let node = target.node, node.depth == 0 else {
            preconditionFailure("a gradient is taken with respect to tensors made by tracked()")
        }
        return node
    }
    var cotangents: [ObjectIdentifier: Tensor] = [:]
    if let root = loss.node {
        let seed = cotangent ?? Tensor(repeating: 1, shape: loss.shape, on: loss.backend)
        precondition(seed.shape == loss.shape, "cotangent \(seed.shape) does not fit \(loss.shape)")
        cotangents[ObjectIdentifier(root)] = seed.detached()
        for node in nodesDeepestFirst(from: root) where node.depth > 0 {
            guard let arrived = cotangents.removeValue(forKey: ObjectIdentifier(node)) else { continue }
            let pulled = node.takePullback()(arrived)
            for (input, part) in zip(node.inputs, pulled) {
                guard let input, let part else { continue }
                let key = ObjectIdentifier(input)
                cotangents[key] = cotangents[key].map { Tensor.apply(.add, [$0, part]) } ?? part
            }
        }
    }
    return zip(targets, leaves).map { target, leaf in
        cotangents[ObjectIdentifier(leaf)] ?? Tensor(repeating: 0, shape: target.shape, on: target.backend)
    }
}

/// All nodes below `root`, each after every node that depends on it; the order is the same in every run.
private func nodesDeepestFirst(from root: Node) -> [Node] {
    var seen: Set<ObjectIdentifier> = [ObjectIdentifier(root)]
    var found = [root]
    var next = 0
    while next < found.count {
        for case let input? in found[next].inputs where seen.insert(ObjectIdentifier(input)).inserted {
            found.append(input)
        }
        next += 1
    }
    // Ties keep the order of discovery, so sums are formed in one order.
    return found.enumerated().sorted { ($1.element.depth, $0.offset) < ($0.element.depth, $1.offset) }.map(\.element)
}
