import TensorCore

extension CPUBackend {
    /// Few tiles under a large kernel: chunks take a slice of the outputs each, and transform what they need of it.
    ///
    /// Transformed as a whole such a kernel is larger than the caches, and reading it takes longer than making it. So it
    /// never lies in memory, whatever memory there is.
    func winogradSliced(_ call: WinogradCall, weight: Input) {
        let (plan, kernels) = (call.plan, KernelSlices(call, weight.pointer))
        if !computes { expectedSeconds += expectedSeconds(ofTransforming: weight.shape) }
        let room = plan.tiles * plan.tileFloats
        let height = max(
            1, min(plan.tiles, Limits.winogradProduct / (Limits.winogradSlice * plan.extents.inputs)))
        let rows = (plan.tiles + height - 1) / height
        let block = (plan.tiles + rows - 1) / rows
        withScratch(2 * room, chunks: 1) { shared in
            let transformed = shared[0]
            let products = transformed + room
            withScratch(max(plan.workFloats, kernels.floats)) { work in
                forEachChunk(of: plan.tiles, size: 8) { first, count, lane in
                    call.transformInputs(first, count, into: transformed + first &* plan.tileFloats, work[lane])
                }
                forEachChunk(of: plan.extents.outputs, size: Limits.winogradSlice) { channel, width, lane in
                    kernels.transform(channel, width, into: work[lane])
                    for position in 0..<Winograd.positions {
                        let slice = Matrix(work[lane] + kernels.place(of: position), stride: width)
                        let factor = Matrix(transformed + position &* plan.step, stride: plan.tileFloats)
                        let product = products + (position &* plan.step &+ channel)
                        for first in stride(from: 0, to: plan.tiles, by: block) {
                            Kernels.multiply(
                                factor.from(row: first), slice, m: min(block, plan.tiles &- first), n: width,
                                k: plan.extents.inputs, into: product + first &* plan.tileFloats,
                                stride: plan.tileFloats)
                        }
                    }
                }
                forEachChunk(of: plan.tiles, size: 8) { first, count, lane in
                    call.transformOutputs(first, count, from: products + first &* plan.tileFloats, work[lane])
                }
            }
        }
    }
}

/// Transforms a few output channels' part of the kernels, `[36, inputs, outputs]`.
private struct KernelSlices {
    let weight: UnsafePointer<Float>
    let mirrored: Bool
    let inputs: Int
    let outputs: Int

    init(_ call: WinogradCall, _ weight: UnsafePointer<Float>) {
        (self.weight, mirrored) = (weight, call.mirrored)
        (inputs, outputs) = (call.plan.extents.inputs, call.plan.extents.outputs)
    }

    /// From one position to the next: not by a power of two, or all would fall into few sets of the cache.
    private var stride: Int { inputs * Limits.winogradSlice + 16 }
    /// From one position to the next of eight kernels that are still to be turned.
    private var turningStride: Int { 8 * inputs + 16 }
    /// Floats of a slice, and of what is to be turned.
    var floats: Int { Winograd.positions * (stride + (mirrored ? 0 : turningStride)) }

    /// Where the factors of a position begin.
    func place(of position: Int) -> Int {
        guard mirrored else { return position &* stride }
        return WinogradTile.small.mirrored(position) &* stride
    }

    /// Transforms the kernels of `width` outputs from `channel`.
    func transform(_ channel: Int, _ width: Int, into slice: UnsafeMutablePointer<Float>) {
        if mirrored {
            // Weights are [inputs, 3, 3, outputs]: already as the products want them.
            for row in 0..<inputs {
                Kernels.winogradKernel(
                    weight + (row &* 9 &* outputs &+ channel), channels: width, tap: outputs,
                    into: slice + row &* width, stride: stride)
            }
            return
        }
        let rows = slice + Winograd.positions &* stride
        for first in Swift.stride(from: 0, to: width, by: 8) {
            let count = min(8, width &- first)
            for row in 0..<count {
                Kernels.winogradKernel(
                    weight + (channel &+ first &+ row) &* 9 &* inputs, channels: inputs, tap: inputs,
                    into: rows + row &* inputs, stride: turningStride)
            }
            for position in 0..<Winograd.positions {
                Kernels.transpose(
                    rows + position &* turningStride, rows: count, columns: inputs, stride: inputs,
                    into: slice + (position &* stride &+ first), stride: width)
            }
        }
    }
}
