import TensorCore

extension CPUBackend {
    /// The kernels `[O, 3, 3, I]` in the Winograd domain, `[36, O, I]`; kept with the weights.
    func winogradKernel(_ weight: Input) -> CPUBuffer {
        let (outputs, inputs) = (weight.shape[0], weight.shape[3])
        return weight.buffer.layout(.winogradKernel(outputs: outputs, inputs: inputs)) {
            let kernel = allocate(Winograd.positions * outputs * inputs)
            forEachChunk(of: outputs, size: 8) { first, count, _ in
                for o in first..<first &+ count {
                    Kernels.winogradKernel(
                        weight.pointer + o &* 9 &* inputs, inputs: inputs, into: kernel.pointer + o &* inputs,
                        stride: outputs &* inputs)
                }
            }
            return kernel
        }
    }

    /// A 3×3 convolution of stride 1: transformed tiles, one matrix product per position, transformed back.
    ///
    /// `kernel` is what `winogradKernel` made of the weights of the forward convolution. `mirrored` computes with the
    /// kernels turned by half a circle and inputs and outputs exchanged, which is the input gradient; it takes the same
    /// transformed kernels in another order.
    func winograd(
        _ extents: ConvolutionExtents, _ x: UnsafePointer<Float>, _ kernel: CPUBuffer, mirrored: Bool,
        bias: UnsafePointer<Float>?, into y: UnsafeMutablePointer<Float>
    ) {
        let plan = WinogradPlan(extents)
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
        let (inputs, outputs) = (plan.inputFloats(plan.block), plan.outputFloats(plan.block))
        withScratch(inputs + outputs + plan.workFloats, chunks: chunks) { scratch in
            forEachChunk(of: plan.tiles, size: plan.block) { first, count, lane in
                let transformed = scratch[lane]
                let products = transformed + inputs
                let work = products + outputs
                call.transformInputs(first, count, into: transformed, at: 0, capacity: plan.block, work)
                for position in 0..<Winograd.positions {
                    call.multiply(position, transformed, products, tiles: count, capacity: plan.block)
                }
                call.transformOutputs(first, count, from: products, at: 0, capacity: plan.block, work)
            }
        }
    }

    /// Few tiles of many channels: the kernels are what must be read, so each position is one chunk and reads its own.
    private func winogradPhased(_ call: WinogradCall) {
        let plan = call.plan
        let inputs = plan.inputFloats(plan.tiles)
        withScratch(inputs + plan.outputFloats(plan.tiles), chunks: 1) { shared in
            let transformed = shared[0]
            let products = transformed + inputs
            withScratch(plan.workFloats) { work in
                forEachChunk(of: plan.tiles, size: 8) { first, count, lane in
                    call.transformInputs(first, count, into: transformed, at: first, capacity: plan.tiles, work[lane])
                }
                pool.run(chunks: Winograd.positions) { position, _ in
                    call.multiply(position, transformed, products, tiles: plan.tiles, capacity: plan.tiles)
                }
                forEachChunk(of: plan.tiles, size: 8) { first, count, lane in
                    call.transformOutputs(first, count, from: products, at: first, capacity: plan.tiles, work[lane])
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
    /// Channels rounded up to whole vectors.
    let inputPitch: Int
    let outputPitch: Int

    init(_ extents: ConvolutionExtents) {
        self.extents = extents
        rows = (extents.outputHeight + Winograd.outputs - 1) / Winograd.outputs
        columns = (extents.outputWidth + Winograd.outputs - 1) / Winograd.outputs
        tiles = extents.samples * rows * columns
        inputPitch = (extents.inputs + 7) / 8 * 8
        outputPitch = (extents.outputs + 7) / 8 * 8
        // A kernel of I·O is copied by every product of tiles × I × O: the more channels, the more tiles it must serve.
        let range = Limits.winogradTiles
        block = min(max(max(inputPitch, outputPitch) / 2, range.lowerBound), range.upperBound)
    }

    /// Whether there are too few tiles to keep many threads busy block by block.
    var isPhased: Bool { tiles <= 4 * block }

    // A position's part is a cache line longer than its tiles: with a power of two between positions the 36 stores of
    // a vector would all fall into one set of the cache.
    func inputStride(_ tiles: Int) -> Int { tiles * inputPitch + 16 }
    func outputStride(_ tiles: Int) -> Int { tiles * outputPitch + 16 }
    func inputFloats(_ tiles: Int) -> Int { Winograd.positions * inputStride(tiles) }
    func outputFloats(_ tiles: Int) -> Int { Winograd.positions * outputStride(tiles) }

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

    /// Transforms `count` tiles from the `first` into places from `place` of `capacity`.
    func transformInputs(
        _ first: Int, _ count: Int, into transformed: UnsafeMutablePointer<Float>, at place: Int, capacity: Int,
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
            let target = transformed + (place &+ index) &* pitch
            if inside, pitch == extents.inputs {
                Kernels.winogradInput(
                    picture + (top &* extents.width &+ left) &* pitch, rowStride: extents.width &* pitch,
                    channels: pitch, into: target, stride: plan.inputStride(capacity), mirrored: mirrored, work)
            } else {
                Kernels.copyTile(picture, extents, top: top, left: left, pitch: pitch, into: patch)
                Kernels.winogradInput(
                    patch, rowStride: Winograd.inputs &* pitch, channels: pitch, into: target,
                    stride: plan.inputStride(capacity), mirrored: mirrored, work)
            }
        }
    }

    /// The matrix product of one position: tiles × inputs by inputs × outputs.
    func multiply(
        _ position: Int, _ transformed: UnsafePointer<Float>, _ products: UnsafeMutablePointer<Float>, tiles: Int,
        capacity: Int
    ) {
        let extents = plan.extents
        let (row, column) = (position / Winograd.inputs, position % Winograd.inputs)
        let source = mirrored ? Winograd.mirror[row] &* Winograd.inputs &+ Winograd.mirror[column] : position
        let weights = kernel + source &* extents.inputs &* extents.outputs
        // Stored [O, I]: transposed on the way forward, and as it lies on the way back.
        let matrix = Matrix(weights, stride: mirrored ? extents.outputs : extents.inputs, transposed: !mirrored)
        Kernels.multiply(
            Matrix(transformed + position &* plan.inputStride(capacity), stride: plan.inputPitch), matrix, m: tiles,
            n: extents.outputs, k: extents.inputs, into: products + position &* plan.outputStride(capacity),
            stride: plan.outputPitch)
    }

    /// Transforms the products of `count` tiles back and writes what lies inside the picture.
    func transformOutputs(
        _ first: Int, _ count: Int, from products: UnsafePointer<Float>, at place: Int, capacity: Int,
        _ work: UnsafeMutablePointer<Float>
    ) {
        let (extents, pitch) = (plan.extents, plan.outputPitch)
        let patch = work + Winograd.positions &* 8
        for index in 0..<count {
            let tile = first &+ index
            let sample = tile / (plan.rows &* plan.columns)
            let top = tile / plan.columns % plan.rows &* Winograd.outputs
            let left = tile % plan.columns &* Winograd.outputs
            let source = products + (place &+ index) &* pitch
            let pixel = (sample &* extents.outputHeight &+ top) &* extents.outputWidth &+ left
            let target = y + pixel &* extents.outputs
            let rowStride = extents.outputWidth &* extents.outputs
            let height = min(Winograd.outputs, extents.outputHeight &- top)
            let width = min(Winograd.outputs, extents.outputWidth &- left)
            if height == Winograd.outputs, width == Winograd.outputs, pitch == extents.outputs {
                Kernels.winogradOutput(
                    source, stride: plan.outputStride(capacity), channels: pitch, bias: bias, into: target,
                    rowStride: rowStride, mirrored: mirrored, work)
            } else {
                Kernels.winogradOutput(
                    source, stride: plan.outputStride(capacity), channels: pitch, bias: bias, into: patch,
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
