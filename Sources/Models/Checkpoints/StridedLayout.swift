/// Which elements of a storage make a tensor: PyTorch's offset, extents and strides.
struct StridedLayout: CustomStringConvertible {
    /// What is wrong with a layout, to follow the tensor's name.
    struct Flaw: Error {
        let message: String
    }

    /// Index of the first element.
    let offset: Int
    /// Extents, outermost first.
    let extents: [Int]
    /// Steps between neighbours along each axis, in elements.
    let strides: [Int]
    /// Number of elements of the tensor.
    let count: Int
    /// Index behind the last element in the storage; the offset itself where the tensor is empty.
    let end: Int

    /// Elements that lie side by side from the start of a storage.
    ///
    /// The product of the extents must have been checked.
    init(contiguous extents: [Int]) {
        self.extents = extents
        strides = Self.contiguousStrides(extents)
        offset = 0
        count = extents.reduce(1, *)
        end = count
    }

    /// A layout from a file, in a storage of `storageCount` elements.
    ///
    /// Throws a `Flaw` where an element would lie outside the storage, or a number is out of bounds.
    init(offset: Int, extents: [Int], strides: [Int], storageCount: Int) throws(Flaw) {
        guard extents.count == strides.count else {
            throw Flaw(message: "has \(extents.count) extents, but \(strides.count) strides")
        }
        guard extents.count <= Limits.rank else { throw Flaw(message: "has \(extents.count) axes") }
        guard offset >= 0, extents.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 }) else {
            throw Flaw(message: "has a negative offset, extent or stride")
        }
        let isEmpty = extents.contains(0)
        var (count, last) = (1, offset)
        for (extent, stride) in zip(extents, strides) where !isEmpty {
            let (product, tooMany) = count.multipliedReportingOverflow(by: extent)
            let (reach, tooFar) = (extent - 1).multipliedReportingOverflow(by: stride)
            let (sum, beyond) = last.addingReportingOverflow(reach)
            guard !tooMany, !tooFar, !beyond, product <= Limits.elements else {
                throw Flaw(message: "has the impossible extents \(extents) and strides \(strides)")
            }
            (count, last) = (product, sum)
        }
        guard isEmpty ? offset <= storageCount : last < storageCount else {
            throw Flaw(message: "reaches beyond its storage of \(storageCount) elements")
        }
        guard isEmpty || count <= max(storageCount, Limits.repeatedElements) else {
            throw Flaw(message: "repeats a storage of \(storageCount) elements to \(count)")
        }
        self.offset = offset
        self.extents = extents
        self.strides = strides
        self.count = isEmpty ? 0 : count
        end = isEmpty ? offset : last + 1
    }

    /// Whether the elements lie side by side in the tensor's order.
    var isContiguous: Bool {
        let expected = Self.contiguousStrides(extents)
        return extents.indices.allSatisfy { extents[$0] == 1 || strides[$0] == expected[$0] }
    }

    var description: String { "offset \(offset), extents \(extents), strides \(strides)" }

    /// Calls `body` with the start, the step and the number of elements of every run along the last axis, in order; a
    /// contiguous tensor is one run.
    func forEachRun(_ body: (_ start: Int, _ stride: Int, _ count: Int) -> Void) {
        guard count > 0 else { return }
        guard !isContiguous, let length = extents.last, let stride = strides.last else {
            return body(offset, 1, count)
        }
        let outer = extents.count - 1
        var (index, start) = ([Int](repeating: 0, count: outer), offset)
        while true {
            body(start, stride, length)
            // The next index, like an odometer: the last axis turns fastest.
            var axis = outer - 1
            while axis >= 0 {
                index[axis] += 1
                start += strides[axis]
                if index[axis] < extents[axis] { break }
                start -= extents[axis] * strides[axis]
                index[axis] = 0
                axis -= 1
            }
            if axis < 0 { return }
        }
    }

    private static func contiguousStrides(_ extents: [Int]) -> [Int] {
        var (strides, step) = (extents, 1)
        for axis in extents.indices.reversed() {
            strides[axis] = step
            step *= extents[axis]
        }
        return strides
    }
}
