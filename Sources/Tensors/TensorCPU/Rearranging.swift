import TensorCore

extension CPUBackend {
    /// Joins inputs along an axis.
    func concatenate(_ inputs: [Input], axis: Int, into y: UnsafeMutablePointer<Float>, shape: Shape) {
        let total = shape.run(from: axis)
        var place = 0
        for input in inputs {
            let run = input.shape.run(from: axis)
            copyRuns(input.pointer, stride: run, into: y + place, stride: total, count: run, rows: shape.count / total)
            place += run
        }
    }

    /// Some entries of an axis.
    func slice(_ x: Input, axis: Int, start: Int, into y: UnsafeMutablePointer<Float>, shape: Shape) {
        let (run, total) = (shape.run(from: axis), x.shape.run(from: axis))
        let offset = start * (total / x.shape[axis])
        copyRuns(x.pointer + offset, stride: total, into: y, stride: run, count: run, rows: shape.count / run)
    }

    /// The input among zeros.
    func embed(_ x: Input, axis: Int, start: Int, into y: UnsafeMutablePointer<Float>, shape: Shape) {
        let (run, total) = (x.shape.run(from: axis), shape.run(from: axis))
        fill(y, count: shape.count, with: 0)
        let offset = start * (total / shape[axis])
        copyRuns(x.pointer, stride: run, into: y + offset, stride: total, count: run, rows: shape.count / total)
    }

    /// Copies of a batch of one.
    func repeatBatch(_ x: Input, count: Int, into y: UnsafeMutablePointer<Float>) {
        copyRuns(x.pointer, stride: 0, into: y, stride: x.shape.count, count: x.shape.count, rows: count)
    }

    /// The sum over the batch.
    func sumBatch(_ x: Input, into y: UnsafeMutablePointer<Float>) {
        sumBatch(x.pointer, samples: x.shape[0], count: x.shape.count / x.shape[0], into: y)
    }

    /// The sum of `samples` runs of `count` elements, in their order.
    func sumBatch(_ x: UnsafePointer<Float>, samples: Int, count: Int, into y: UnsafeMutablePointer<Float>) {
        forEachChunk(of: count, size: Limits.elementwiseChunk / 8) { start, size, _ in
            (y + start).update(from: x + start, count: size)
            for sample in 1..<max(samples, 1) {
                Kernels.accumulate(x + (sample &* count &+ start), into: y + start, count: size)
            }
        }
    }

    /// `rows` runs of `count` elements, copied from one stride to another.
    private func copyRuns(
        _ source: UnsafePointer<Float>, stride from: Int, into target: UnsafeMutablePointer<Float>, stride to: Int,
        count: Int, rows: Int
    ) {
        let part = min(count, Limits.elementwiseChunk)
        let parts = (count + part - 1) / part
        forEachRows(of: rows * parts, width: part) { first, pieces, _ in
            for piece in first..<first &+ pieces {
                let (row, start) = (piece / parts, piece % parts &* part)
                (target + (row &* to &+ start)).update(
                    from: source + (row &* from &+ start), count: min(part, count &- start))
            }
        }
    }
}

extension Shape {
    /// Elements of one entry of everything before `axis`: the extent of the axis and of all after it.
    func run(from axis: Int) -> Int { dimensions[(axis < 0 ? axis + rank : axis)...].reduce(1, *) }
}
