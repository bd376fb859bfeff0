extension PickleGraph {
    /// How the values below one value are nested.
    enum Nesting: Equatable {
        /// So many levels, counting the value itself.
        case levels(Int)
        /// Some value holds itself.
        case cyclic
    }

    /// Measures what is below a value in time proportional to the number of values, without recursion.
    ///
    /// After this a walk of no more levels may recurse; only values shared by several others make it long.
    func nesting(below root: PickleReference) -> Nesting {
        /// Levels of finished values; 0 where not begun, -1 while the values below are being measured.
        var levels = [Int32](repeating: 0, count: count)
        var path: [(reference: PickleReference, next: Int)] = [(root, 0)]
        levels[root.position] = -1
        while let (reference, next) = path.last {
            if let child = child(next, of: reference) {
                path[path.count - 1].next += 1
                switch levels[child.position] {
                case 0:
                    levels[child.position] = -1
                    path.append((child, 0))
                case -1: return .cyclic
                default: break
                }
            } else {
                var deepest: Int32 = 0
                for index in 0..<next {
                    if let child = child(index, of: reference) { deepest = max(deepest, levels[child.position]) }
                }
                levels[reference.position] = deepest + 1
                path.removeLast()
            }
        }
        return .levels(Int(levels[root.position]))
    }

    /// The values that a value holds, one by one; nil after the last.
    private func child(_ index: Int, of reference: PickleReference) -> PickleReference? {
        switch self[reference] {
        case .tuple(let elements), .list(let elements):
            index < elements.count ? elements[index] : nil
        case .dictionary(let entries):
            index < 2 * entries.count
                ? (index % 2 == 0 ? entries[index / 2].key : entries[index / 2].value) : nil
        case .script(let attributes):
            index == 0 ? attributes : nil
        default: nil
        }
    }
}
