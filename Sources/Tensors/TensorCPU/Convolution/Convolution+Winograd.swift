import TensorCore

extension CPUBackend {
    /// The kernels `[O, 3, 3, I]` in the Winograd domain, `[36, O, I]` or, transposed, `[36, I, O]`; kept with the
    /// weights unless memory is short.
    func winogradKernel(_ weight: Input, transposed: Bool) -> CPUBuffer {
        let (outputs, inputs) = (weight.shape[0], weight.shape[3])
        let layout = DerivedLayout.winogradKernel(outputs: outputs, inputs: inputs, transposed: transposed)
        guard keepsTransformedKernels else { return transformedKernel(weight, transposed: transposed) }
        return weight.buffer.layout(layout) {
            let kernel = transformedKernel(weight, transposed: transposed)
            // Four times as large as the weights, and all that is needed of them.
            weight.buffer.letGo()
            return kernel
        }
    }

    private func transformedKernel(_ weight: Input, transposed: Bool) -> CPUBuffer {
        let (outputs, inputs) = (weight.shape[0], weight.shape[3])
        if !computes { expectedSeconds += expectedSeconds(ofTransforming: weight.shape) }
        let kernel = allocate(Winograd.positions * outputs * inputs)
        let source = weight.pointer
        // Transposed, eight outputs are turned together: their rows are written to a scratch first.
        withScratch(transposed ? Winograd.positions * 8 * inputs : 0) { scratch in
            forEachChunk(of: outputs, size: 8) { first, count, lane in
                let rows = transposed ? scratch[lane] : kernel.pointer + first &* inputs
                let stride = transposed ? 8 &* inputs : outputs &* inputs
                for o in 0..<count {
                    Kernels.winogradKernel(
                        source + (first &+ o) &* 9 &* inputs, inputs: inputs, into: rows + o &* inputs,
                        stride: stride)
                }
                guard transposed else { return }
                for position in 0..<Winograd.positions {
                    let row = rows + position &* stride
                    let target = kernel.pointer + (position &* inputs &* outputs &+ first)
                    for i in 0..<inputs {
                        for o in 0..<count { target[i &* outputs &+ o] = row[o &* inputs &+ i] }
                    }
                }
            }
        }
        return kernel
    }

    /// A 3×3 convolution of stride 1: transformed tiles, one matrix product per position, transformed back.
    ///
    /// `mirrored` computes with the kernels turned by half a circle and inputs and outputs exchanged, which is the input
    /// gradient; it takes the transformed kernels of the forward convolution in another order.
    func winograd(
        _ extents: ConvolutionExtents, _ x: UnsafePointer<Float>, weight: Input, mirrored: Bool,
        bias: UnsafePointer<Float>?, into y: UnsafeMutablePointer<Float>
    ) {
        let plan = WinogradPlan(extents, mirrored: mirrored)
        let kernel = winogradKernel(weight, transposed: !mirrored && !plan.isTransposing)
        let paddedBias = allocate(plan.outputPitch)
        paddedBias.pointer.update(repeating: 0, count: plan.outputPitch)
        if let bias { paddedBias.pointer.update(from: bias, count: extents.outputs) }
        withExtendedLifetime((kernel, paddedBias)) {
            let call = WinogradCall(
                plan: plan, x: x, kernel: kernel.elements, mirrored: mirrored, bias: paddedBias.elements, y: y)
            if plan.isPhased { winogradPhased(call) } else { winogradFused(call) }
        }
    }

    /// Many tiles: every chunk takes a block of them from pixels to pixels, in cache.
    private func winogradFused(_ call: WinogradCall) {
        let plan = call.plan
        let chunks = (plan.tiles + plan.block - 1) / plan.block
        let (inputs, outputs) = (plan.block * plan.inputTile, plan.block * plan.outputTile)
        withScratch(inputs + outputs + plan.workFloats, chunks: chunks) { scratch in
            forEachChunk(of: plan.tiles, size: plan.block) { first, count, lane in
                let transformed = scratch[lane]
                let products = transformed + inputs
                let work = products + outputs
                call.transformInputs(first, count, into: transformed, work)
                for position in 0..<Winograd.positions {
                    call.multiply(position, transformed, products, tiles: count)
                }
                call.transformOutputs(first, count, from: products, work)
            }
        }
    }

    /// Few tiles of many channels: the kernels are what must be read, so each position is one chunk and reads its own.
    private func winogradPhased(_ call: WinogradCall) {
        let plan = call.plan
        let inputs = plan.tiles * plan.inputTile
        withScratch(inputs + plan.tiles * plan.outputTile, chunks: 1) { shared in
            let transformed = shared[0]
            let products = transformed + inputs
            withScratch(plan.workFloats) { work in
                forEachChunk(of: plan.tiles, size: 8) { first, count, lane in
                    call.transformInputs(first, count, into: transformed + first &* plan.inputTile, work[lane])
                }
                pool.run(chunks: Winograd.positions) { position, _ in
                    call.multiply(position, transformed, products, tiles: plan.tiles)
                }
                forEachChunk(of: plan.tiles, size: 8) { first, count, lane in
                    call.transformOutputs(first, count, from: products + first &* plan.outputTile, work[lane])
                }
            }
        }
    }
}

/// How a convolution is cut into tiles, and where their transforms lie.
struct WinogradPlan {
    let extents: ConvolutionExtents
    let rows: Int
    let columns: Int
    /// Tiles of the whole batch.
    let tiles: Int
    /// Tiles of one chunk.
    let block: Int
    /// Output channels of one matrix product.
    let slice: Int
    /// Whether products take the kernels transposed: `[36, O, I]` lies in memory for the way back, and a convolution
    /// of few tiles makes do with it although such products are slower.
    let isTransposing: Bool
    /// Channels rounded up to whole vectors.
    let inputPitch: Int
    let outputPitch: Int

    init(_ extents: ConvolutionExtents, mirrored: Bool) {
        self.extents = extents
        rows = (extents.outputHeight + Winograd.outputs - 1) / Winograd.outputs
        columns = (extents.outputWidth + Winograd.outputs - 1) / Winograd.outputs
        tiles = extents.samples * rows * columns
        inputPitch = (extents.inputs + 7) / 8 * 8
        outputPitch = (extents.outputs + 7) / 8 * 8
        isTransposing = !mirrored && tiles < Limits.winogradOwnKernel
        block = isTransposing ? Limits.winogradTransposingBlock : Limits.winogradBlock
        let columns = Limits.winogradProduct / (block * extents.inputs) / 16 * 16
        slice = isTransposing ? extents.outputs : max(16, columns)
    }

    /// Whether there are too few tiles to keep many threads busy block by block.
    var isPhased: Bool { tiles <= 8 * block }

    // A tile's 36 rows of channels lie side by side, so that its transforms walk through memory instead of leaping
    // about in it. Rows and tiles are a cache line longer than they need be: at powers of two they would all fall into
    // few sets of the cache.
    var inputStep: Int { inputPitch + 16 }
    var outputStep: Int { outputPitch + 16 }
    var inputTile: Int { Winograd.positions * inputStep + 16 }
    var outputTile: Int { Winograd.positions * outputStep + 16 }

    /// One half-transformed tile of vectors and one tile of pixels with all channels.
    var workFloats: Int { Winograd.positions * (8 + max(inputPitch, outputPitch)) }
}

/// One convolution under way: the plan and the memory it reads and writes.
struct WinogradCall {
    let plan: WinogradPlan
    let x: UnsafePointer<Float>
    let kernel: UnsafePointer<Float>
    let mirrored: Bool
    let bias: UnsafePointer<Float>
    let y: UnsafeMutablePointer<Float>

    /// Transforms `count` tiles from the `first`.
    func transformInputs(
        _ first: Int, _ count: Int, into transformed: UnsafeMutablePointer<Float>,
        _ work: UnsafeMutablePointer<Float>
    ) {
        let (extents, pitch) = (plan.extents, plan.inputPitch)
        let patch = work + Winograd.positions &* 8
        for index in 0..<count {
            let tile = first &+ index
            let sample = tile / (plan.rows &* plan.columns)
            let padding = extents.geometry.paddingBefore
            let top = tile / plan.columns % plan.rows &* Winograd.outputs &- padding
            let left = tile % plan.columns &* Winograd.outputs &- padding
            let picture = x + sample &* extents.height &* extents.width &* extents.inputs
            let inside =
                top >= 0 && left >= 0 && top &+ Winograd.inputs <= extents.height
                && left &+ Winograd.inputs <= extents.width
            let target = transformed + index &* plan.inputTile
            if inside, pitch == extents.inputs {
                Kernels.winogradInput(
                    picture + (top &* extents.width &+ left) &* pitch, rowStride: extents.width &* pitch,
                    channels: pitch, into: target, stride: plan.inputStep, mirrored: mirrored, work)
            } else {
                Kernels.copyTile(picture, extents, top: top, left: left, pitch: pitch, into: patch)
                Kernels.winogradInput(
                    patch, rowStride: Winograd.inputs &* pitch, channels: pitch, into: target,
                    stride: plan.inputStep, mirrored: mirrored, work)
            }
        }
    }

    /// The matrix product of one position: tiles × inputs by inputs × outputs.
    func multiply(
        _ position: Int, _ transformed: UnsafePointer<Float>, _ products: UnsafeMutablePointer<Float>, tiles: Int
    ) {
        let extents = plan.extents
        let (row, column) = (position / Winograd.inputs, position % Winograd.inputs)
        let source = mirrored ? Winograd.mirror[row] &* Winograd.inputs &+ Winograd.mirror[column] : position
        let weights = Matrix(
            kernel + source &* extents.inputs &* extents.outputs,
            stride: plan.isTransposing ? extents.inputs : extents.outputs, transposed: plan.isTransposing)
        let factor = Matrix(transformed + position &* plan.inputStep, stride: plan.inputTile)
        let product = products + position &* plan.outputStep
        for first in stride(from: 0, to: tiles, by: plan.block) {
            for column in stride(from: 0, to: extents.outputs, by: plan.slice) {
                Kernels.multiply(
                    factor.from(row: first), weights.from(column: column), m: min(plan.block, tiles &- first),
                    n: min(plan.slice, extents.outputs &- column), k: extents.inputs,
                    into: product + (first &* plan.outputTile &+ column), stride: plan.outputTile)
            }
        }
    }

    /// Transforms the products of `count` tiles back and writes what lies inside the picture.
    func transformOutputs(
        _ first: Int, _ count: Int, from products: UnsafePointer<Float>, _ work: UnsafeMutablePointer<Float>
    ) {
        let (extents, pitch) = (plan.extents, plan.outputPitch)
        let patch = work + Winograd.positions &* 8
        for index in 0..<count {
            let tile = first &+ index
            let sample = tile / (plan.rows &* plan.columns)
            let top = tile / plan.columns % plan.rows &* Winograd.outputs
            let left = tile % plan.columns &* Winograd.outputs
            let source = products + index &* plan.outputTile
            let pixel = (sample &* extents.outputHeight &+ top) &* extents.outputWidth &+ left
            let target = y + pixel &* extents.outputs
            let rowStride = extents.outputWidth &* extents.outputs
            let height = min(Winograd.outputs, extents.outputHeight &- top)
            let width = min(Winograd.outputs, extents.outputWidth &- left)
            if height == Winograd.outputs, width == Winograd.outputs, pitch == extents.outputs {
                Kernels.winogradOutput(
                    source, stride: plan.outputStep, channels: pitch, bias: bias, into: target,
                    rowStride: rowStride, mirrored: mirrored, work)
            } else {
                Kernels.winogradOutput(
                    source, stride: plan.outputStep, channels: pitch, bias: bias, into: patch,
                    rowStride: Winograd.outputs &* pitch, mirrored: mirrored, work)
                for v in 0..<height {
                    for u in 0..<width {
                        let place = target + (v &* rowStride &+ u &* extents.outputs)
                        place.update(from: patch + (v &* Winograd.outputs &+ u) &* pitch, count: extents.outputs)
                    }
                }
            }
        }
    }
}
