import TensorCore

extension CPUBackend {
    /// The kernels `[O, 3, 3, I]` in the Winograd domain, `[36 or 64, O, I]` or, transposed, `[36 or 64, I, O]`; kept with
    /// the weights unless memory is short.
    func winogradKernel(_ weight: Input, _ tile: WinogradTile, transposed: Bool) -> CPUBuffer {
        let layout = DerivedLayout.winogradKernel(
            tile, outputs: weight.shape[0], inputs: weight.shape[3], transposed: transposed)
        return transformedKernel(weight, layout, positions: tile.positions, transposed: transposed) {
            switch tile {
            case .small: Kernels.winogradKernel($0, channels: $1, tap: $1, into: $2, stride: $3)
            case .large: Kernels.largeWinogradKernel($0, channels: $1, tap: $1, into: $2, stride: $3)
            }
        }
    }

    /// The kernels `[O, 3, 3, I]` as `[positions, O, I]` or, transposed, `[positions, I, O]`; kept with the weights
    /// unless memory is short.
    ///
    /// `transform` takes the kernel `[3, 3, I]` of one output, `I`, and where to write the first position and how many
    /// elements further the next.
    func transformedKernel(
        _ weight: Input, _ layout: DerivedLayout, positions: Int, transposed: Bool,
        _ transform: (UnsafePointer<Float>, Int, UnsafeMutablePointer<Float>, Int) -> Void
    ) -> CPUBuffer {
        func make() -> CPUBuffer {
            transformKernel(weight, positions: positions, transposed: transposed, transform)
        }
        guard keepsTransformedKernels else { return make() }
        return weight.buffer.layout(layout) {
            _ = weight.buffer.memory(for: .tensor(.passing))
            let kernel = make()
            // Several times as large as the weights, and all that is needed of them.
            weight.buffer.letGo()
            return kernel
        }
    }

    private func transformKernel(
        _ weight: Input, positions: Int, transposed: Bool,
        _ transform: (UnsafePointer<Float>, Int, UnsafeMutablePointer<Float>, Int) -> Void
    ) -> CPUBuffer {
        let (outputs, inputs) = (weight.shape[0], weight.shape[3])
        if !computes { expectedSeconds += expectedSeconds(ofTransforming: weight.shape, positions: positions) }
        let kernel = allocate(
            positions * outputs * inputs, for: keepsTransformedKernels ? .constants : .tensor(.passing))
        let source = weight.pointer
        // Eight outputs at a time, in a scratch first: the positions of the result lie so far apart, often by powers of
        // two, that writing to all of them at once would be writing past the caches.
        let stride = 8 * inputs + 16
        withScratch(positions * stride) { scratch in
            forEachChunk(of: outputs, size: 8) { first, count, lane in
                let rows = scratch[lane]
                for o in 0..<count {
                    transform(source + (first &+ o) &* 9 &* inputs, inputs, rows + o &* inputs, stride)
                }
                for position in 0..<positions {
                    let (row, target) = (rows + position &* stride, kernel.pointer + position &* inputs &* outputs)
                    if transposed {
                        Kernels.transpose(
                            row, rows: count, columns: inputs, stride: inputs, into: target + first, stride: outputs)
                    } else {
                        (target + first &* inputs).update(from: row, count: count &* inputs)
                    }
                }
            }
        }
        return kernel
    }

    /// A 3×3 convolution of stride 1: transformed tiles, one matrix product per position, transformed back.
    ///
    /// `mirrored` computes with the kernels turned by half a circle and inputs and outputs exchanged, which is the input
    /// gradient; it takes the transformed kernels of the forward convolution in another order. `tile` is by default the
    /// one that pays.
    func winograd(
        _ extents: ConvolutionExtents, tile: WinogradTile? = nil, _ x: UnsafePointer<Float>, weight: Input,
        mirrored: Bool,
        bias: UnsafePointer<Float>? = nil, summand: UnsafePointer<Float>? = nil, into y: UnsafeMutablePointer<Float>
    ) {
        let plan = WinogradPlan(extents, mirrored: mirrored, tile: tile ?? extents.winogradTile)
        precondition(!mirrored || summand == nil, "a gradient has no summand")
        precondition(plan.tile == .small || !plan.isSliced, "large tiles have no large kernels")
        let paddedBias = allocate(plan.outputPitch)
        paddedBias.pointer.update(repeating: 0, count: plan.outputPitch)
        if let bias { paddedBias.pointer.update(from: bias, count: extents.outputs) }
        withExtendedLifetime(paddedBias) {
            let call = WinogradCall(
                plan: plan, x: x, mirrored: mirrored, bias: paddedBias.elements, summand: summand, y: y)
            guard !plan.isSliced else { return winogradSliced(call, weight: weight) }
            let kernel = winogradKernel(weight, plan.tile, transposed: !mirrored && !plan.isTransposing)
            withExtendedLifetime(kernel) {
                if plan.isPhased {
                    winogradPhased(call, kernel.elements)
                } else {
                    winogradFused(call, kernel.elements)
                }
            }
        }
    }

    /// Many tiles: every chunk takes a block of them from pixels to pixels, in cache.
    private func winogradFused(_ call: WinogradCall, _ kernel: UnsafePointer<Float>) {
        let plan = call.plan
        let chunks = (plan.tiles + plan.block - 1) / plan.block
        let room = plan.block * plan.tileFloats
        withScratch(room + plan.workFloats, chunks: chunks) { scratch in
            forEachChunk(of: plan.tiles, size: plan.block) { first, count, lane in
                // The products of a position go where the tiles of the one before lay: half the memory stays in cache.
                let products = scratch[lane]
                let transformed = products + plan.step
                let work = products + room
                call.transformInputs(first, count, into: transformed, work)
                for position in 0..<plan.tile.positions {
                    call.multiply(position, transformed, kernel, products, tiles: count, work)
                }
                call.transformOutputs(first, count, from: products, work)
            }
        }
    }

    /// Few tiles of many channels: the kernels are what must be read, so each position is one chunk and reads its own.
    private func winogradPhased(_ call: WinogradCall, _ kernel: UnsafePointer<Float>) {
        let plan = call.plan
        let room = plan.tiles * plan.tileFloats
        withScratch(2 * room, chunks: 1) { shared in
            let transformed = shared[0]
            let products = transformed + room
            withScratch(plan.workFloats) { work in
                forEachChunk(of: plan.tiles, size: 8) { first, count, lane in
                    call.transformInputs(first, count, into: transformed + first &* plan.tileFloats, work[lane])
                }
                pool.run(chunks: plan.tile.positions) { position, lane in
                    call.multiply(position, transformed, kernel, products, tiles: plan.tiles, work[lane])
                }
                forEachChunk(of: plan.tiles, size: 8) { first, count, lane in
                    call.transformOutputs(first, count, from: products + first &* plan.tileFloats, work[lane])
                }
            }
        }
    }
}

/// How a convolution is cut into tiles, and where their transforms lie.
struct WinogradPlan {
    let extents: ConvolutionExtents
    let tile: WinogradTile
    let rows: Int
    let columns: Int
    /// Tiles of the whole batch.
    let tiles: Int
    /// Tiles of one chunk.
    let block: Int
    /// Output channels of one matrix product.
    let slice: Int
    /// Whether products take the kernels transposed: `[36, O, I]` lies in memory for the way back, and a convolution
    /// of few tiles makes do with it, although turning it takes a while.
    let isTransposing: Bool
    /// Channels rounded up to whole vectors.
    let inputPitch: Int
    let outputPitch: Int

    init(_ extents: ConvolutionExtents, mirrored: Bool, tile: WinogradTile = .small) {
        (self.extents, self.tile) = (extents, tile)
        rows = (extents.outputHeight + tile.outputs - 1) / tile.outputs
        columns = (extents.outputWidth + tile.outputs - 1) / tile.outputs
        tiles = extents.samples * rows * columns
        inputPitch = (extents.inputs + 7) / 8 * 8
        outputPitch = (extents.outputs + 7) / 8 * 8
        isTransposing = !mirrored && tiles < Limits.winogradWholeKernel
        block = tile == .small ? Limits.winogradBlock : Limits.winogradLargeTileBlock
        slice = max(16, Limits.winogradProduct / (block * extents.inputs) / 16 * 16)
    }

    /// Whether there are too few tiles to keep many threads busy block by block.
    var isPhased: Bool { isTransposing || tiles <= 8 * block }

    /// Whether there are too few tiles to read a large kernel for every block of them.
    var isSliced: Bool {
        extents.inputs * extents.outputs >= Limits.winogradLargeKernel && tiles < Limits.winogradWholeKernel
    }

    /// The sample of a tile, and the first row and column of its outputs.
    func place(of index: Int) -> (sample: Int, top: Int, left: Int) {
        let (row, column) = (index / columns, index % columns)
        return (row / rows, row % rows &* tile.outputs, column &* tile.outputs)
    }

    // A tile's rows of channels, 36 or 64, lie side by side, so that its transforms walk through memory instead of leaping
    // about in it. Rows and tiles are a cache line longer than they need be: at powers of two they would all fall into
    // few sets of the cache.
    var step: Int { max(inputPitch, outputPitch) + 16 }
    /// Of a tile's rows there is one more than of positions, which products take while inputs are still read.
    var tileFloats: Int { (tile.positions + 1) * step + 16 }

    /// One half-transformed tile of vectors and one tile of pixels with all channels, or one slice of turned kernels.
    var workFloats: Int {
        max(
            tile.positions * (8 + max(inputPitch, outputPitch)),
            isTransposing ? extents.inputs * min(slice, extents.outputs) : 0)
    }
}

/// One convolution under way: the plan and the memory it reads and writes.
struct WinogradCall {
    let plan: WinogradPlan
    let x: UnsafePointer<Float>
    let mirrored: Bool
    let bias: UnsafePointer<Float>
    var summand: UnsafePointer<Float>?
    let y: UnsafeMutablePointer<Float>

    /// Transforms `count` tiles from the `first`.
    func transformInputs(
        _ first: Int, _ count: Int, into transformed: UnsafeMutablePointer<Float>,
        _ work: UnsafeMutablePointer<Float>
    ) {
        let (extents, side, pitch) = (plan.extents, plan.tile, plan.inputPitch)
        let patch = work + side.positions &* 8
        let padding = extents.geometry.paddingBefore
        for index in 0..<count {
            let place = plan.place(of: first &+ index)
            let (top, left) = (place.top &- padding, place.left &- padding)
            let picture = x + place.sample &* extents.height &* extents.width &* extents.inputs
            let inside =
                top >= 0 && left >= 0 && top &+ side.inputs <= extents.height
                && left &+ side.inputs <= extents.width
            let target = transformed + index &* plan.tileFloats
            if inside, pitch == extents.inputs {
                transformInput(
                    picture + (top &* extents.width &+ left) &* pitch, rowStride: extents.width &* pitch,
                    into: target, work)
            } else {
                Kernels.copyTile(
                    picture, extents, top: top, left: left, side: side.inputs, pitch: pitch, into: patch)
                transformInput(patch, rowStride: side.inputs &* pitch, into: target, work)
            }
        }
    }

    private func transformInput(
        _ source: UnsafePointer<Float>, rowStride: Int, into target: UnsafeMutablePointer<Float>,
        _ work: UnsafeMutablePointer<Float>
    ) {
        switch plan.tile {
        case .small:
            Kernels.winogradInput(
                source, rowStride: rowStride, channels: plan.inputPitch, into: target, stride: plan.step,
                mirrored: mirrored, work)
        case .large:
            Kernels.largeWinogradInput(
                source, rowStride: rowStride, channels: plan.inputPitch, into: target, stride: plan.step,
                mirrored: mirrored, work)
        }
    }

    /// The matrix product of one position: tiles × inputs by inputs × outputs.
    ///
    /// The slices of the kernels are so small that OpenBLAS takes them where they lie, if they are not transposed; so
    /// that is done first.
    func multiply(
        _ position: Int, _ transformed: UnsafePointer<Float>, _ kernel: UnsafePointer<Float>,
        _ products: UnsafeMutablePointer<Float>, tiles: Int, _ work: UnsafeMutablePointer<Float>
    ) {
        let (inputs, outputs) = (plan.extents.inputs, plan.extents.outputs)
        let source = mirrored ? plan.tile.mirrored(position) : position
        let weights = kernel + source &* inputs &* outputs
        let factor = Matrix(transformed + position &* plan.step, stride: plan.tileFloats)
        let product = products + position &* plan.step
        for column in stride(from: 0, to: outputs, by: plan.slice) {
            let width = min(plan.slice, outputs &- column)
            var slice = Matrix(weights, stride: outputs).from(column: column)
            if plan.isTransposing {
                Kernels.transpose(
                    weights + column &* inputs, rows: width, columns: inputs, stride: inputs, into: work,
                    stride: width)
                slice = Matrix(work, stride: width)
            }
            for first in stride(from: 0, to: tiles, by: plan.block) {
                Kernels.multiply(
                    factor.from(row: first), slice, m: min(plan.block, tiles &- first), n: width, k: inputs,
                    into: product + (first &* plan.tileFloats &+ column), stride: plan.tileFloats)
            }
        }
    }

    /// Transforms the products of `count` tiles back and writes what lies inside the picture.
    func transformOutputs(
        _ first: Int, _ count: Int, from products: UnsafePointer<Float>, _ work: UnsafeMutablePointer<Float>
    ) {
        let (extents, side, pitch) = (plan.extents, plan.tile.outputs, plan.outputPitch)
        let patch = work + plan.tile.positions &* 8
        for index in 0..<count {
            let (sample, top, left) = plan.place(of: first &+ index)
            let source = products + index &* plan.tileFloats
            let pixel = (sample &* extents.outputHeight &+ top) &* extents.outputWidth &+ left
            let target = y + pixel &* extents.outputs
            let summand = summand.map { $0 + pixel &* extents.outputs }
            let rowStride = extents.outputWidth &* extents.outputs
            let height = min(side, extents.outputHeight &- top)
            let width = min(side, extents.outputWidth &- left)
            if height == side, width == side, pitch == extents.outputs {
                transformOutput(source, addedTo: summand, into: target, rowStride: rowStride, work)
            } else {
                transformOutput(source, addedTo: nil, into: patch, rowStride: side &* pitch, work)
                for v in 0..<height {
                    for u in 0..<width {
                        let offset = v &* rowStride &+ u &* extents.outputs
                        let place = target + offset
                        place.update(from: patch + (v &* side &+ u) &* pitch, count: extents.outputs)
                        if let summand {
                            Kernels.accumulate(summand + offset, into: place, count: extents.outputs)
                        }
                    }
                }
            }
        }
    }

    private func transformOutput(
        _ source: UnsafePointer<Float>, addedTo summand: UnsafePointer<Float>?,
        into target: UnsafeMutablePointer<Float>, rowStride: Int, _ work: UnsafeMutablePointer<Float>
    ) {
        switch plan.tile {
        case .small:
            Kernels.winogradOutput(
                source, stride: plan.step, channels: plan.outputPitch, bias: bias, summand: summand, into: target,
                rowStride: rowStride, mirrored: mirrored, work)
        case .large:
            Kernels.largeWinogradOutput(
                source, stride: plan.step, channels: plan.outputPitch, bias: bias, summand: summand, into: target,
                rowStride: rowStride, mirrored: mirrored, work)
        }
    }
}
