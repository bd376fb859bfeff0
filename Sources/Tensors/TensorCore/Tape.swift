/// One step of the tape: which nodes it came from and how a cotangent goes back through it.
final class Node {
    /// A pullback maps the cotangent of the result to one of each input, nil where none flows.
    typealias Pullback = (inout Cotangent) -> [Tensor?]

    let inputs: [Node?]
    /// Emptied once used: what it had saved is freed while the backward pass goes on.
    private(set) var pullback: Pullback?
    /// Whether what the pullback gives is held by others too.
    let isLending: Bool
    /// Longest path to a leaf; a node is visited after everything deeper.
    let depth: Int

    init(leafOf shape: Shape) {
        inputs = []
        pullback = nil
        isLending = false
        depth = 0
    }

    init(inputs: [Node?], isLending: Bool = false, pullback: @escaping Pullback) {
        self.inputs = inputs
        self.pullback = pullback
        self.isLending = isLending
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

/// A cotangent under way to a pullback, which may take it away for good.
struct Cotangent {
    private var tensor: Tensor?
    /// Whether nobody else reads the elements, so that a result may be written over them.
    let isSpent: Bool

    init(_ tensor: Tensor, isSpent: Bool = false) {
        self.tensor = tensor
        self.isSpent = isSpent
    }

    /// The cotangent; only once.
    mutating func take() -> Tensor {
        guard let taken = tensor else { preconditionFailure("a cotangent is taken once") }
        tensor = nil
        return taken
    }

    /// The elements' memory, unless they were taken.
    var buffer: (any Buffer)? { tensor?.buffer }
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
    var found: [Tensor?] = leaves.map { _ in nil }
    if let root = loss.node {
        let seed = cotangent ?? Tensor(repeating: 1, shape: loss.shape, on: loss.backend)
        precondition(seed.shape == loss.shape, "cotangent \(seed.shape) does not fit \(loss.shape)")
        var arriving = Cotangent(seed.detached())
        found = goBack(from: root, &arriving, to: leaves).map { arrived in
            var arrived = arrived
            return arrived?.take()
        }
    }
    return zip(targets, found).map { target, found in
        found ?? Tensor(repeating: 0, shape: target.shape, on: target.backend)
    }
}

/// Takes a cotangent back from a node to some leaves, and consumes the tape between; nil where nothing flows.
func goBack(from root: Node, _ seed: inout Cotangent, to leaves: [Node]) -> [Cotangent?] {
    var waiting = WaitingCotangents()
    let isSpent = seed.isSpent
    waiting.add(seed.take(), for: root, isOurs: isSpent)
    for node in nodesDeepestFirst(from: root) where node.depth > 0 {
        // Nothing but `arrived` holds the cotangent: a pullback that takes it can free it.
        guard let isOurs = waiting.isOurs(node), var arrived = waiting.take(node) else { continue }
        let buffer = arrived.buffer.map { ObjectIdentifier($0) }
        let pulled = node.takePullback()(&arrived)
        for (input, part) in zip(node.inputs, pulled) {
            guard let input, let part else { continue }
            let isPassedOn = ObjectIdentifier(part.buffer) == buffer
            waiting.add(part, for: input, isOurs: !node.isLending && (isOurs || !isPassedOn))
        }
    }
    return leaves.map { waiting.take($0) }
}

/// The cotangents that have arrived at nodes not yet visited.
private struct WaitingCotangents {
    private struct Entry {
        var tensor: Tensor
        /// Whether this pass made the elements, and will read them last.
        var isOurs: Bool
    }

    private var entries: [ObjectIdentifier: Entry] = [:]

    /// Adds to what has arrived at a node.
    mutating func add(_ tensor: Tensor, for node: Node, isOurs: Bool) {
        let key = ObjectIdentifier(node)
        guard let sum = entries.removeValue(forKey: key) else {
            entries[key] = Entry(tensor: tensor, isOurs: isOurs)
            return
        }
        let mayOverwrite = sum.isOurs && sum.tensor.buffer !== tensor.buffer && !isWaiting(sum.tensor)
        let total = Tensor.apply(.add, [sum.tensor, tensor], overwriting: mayOverwrite ? 0 : nil)
        entries[key] = Entry(tensor: total, isOurs: true)
    }

    /// Whether this pass made what has arrived at a node; nil if nothing has.
    func isOurs(_ node: Node) -> Bool? { entries[ObjectIdentifier(node)]?.isOurs }

    /// What has arrived at a node; nil if nothing has.
    mutating func take(_ node: Node) -> Cotangent? {
        guard let entry = entries.removeValue(forKey: ObjectIdentifier(node)) else { return nil }
        return Cotangent(entry.tensor, isSpent: entry.isOurs && !isWaiting(entry.tensor))
    }

    /// Whether a residual path has brought the same elements to another node.
    private func isWaiting(_ tensor: Tensor) -> Bool {
        entries.values.contains { $0.tensor.buffer === tensor.buffer }
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
