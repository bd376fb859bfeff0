import TensorCore

extension CPUBackend {
    /// The kernels of both phases along both axes.
    private func polyphaseKernel(_ weight: Input, transposed: Bool) -> CPUBuffer {
        let layout = DerivedLayout.polyphaseKernel(
            outputs: weight.shape[0], inputs: weight.shape[3], transposed: transposed)
        return transformedKernel(weight, layout, positions: Polyphase.products, transposed: transposed) {
            Kernels.polyphaseKernel($0, channels: $1, into: $2, stride: $3)
        }
    }

    /// The picture's tiles are transformed once, multiplied for the even rows and for the odd ones, and transformed back.
    func polyphase(
        _ extents: PolyphaseExtents, _ x: UnsafePointer<Float>, weight: Input, bias: UnsafePointer<Float>?,
        into y: UnsafeMutablePointer<Float>
    ) {
        let plan = extents.tiles(mirrored: false)
        let shift = padded(bias, count: extents.outputs, to: plan.outputPitch)
        let kernel = polyphaseKernel(weight, transposed: true)
        withExtendedLifetime((shift, kernel)) {
            let call = WinogradCall(plan: plan, x: x, mirrored: false, bias: shift.elements, y: y)
            forEachPolyphaseBlock(of: plan) { first, count, whole, phase, work in
                call.transformInputs(first, count, into: whole, work)
                for odd in 0..<2 {
                    // The products of the shared kernel have stayed.
                    for row in Polyphase.rows[odd] where odd == 0 || row >= Polyphase.side {
                        for column in 0..<Polyphase.kernels {
                            let place =
                                Polyphase.positions[row] &* Winograd.inputs &+ Polyphase.positions[column]
                            let product = Polyphase.slot(of: row) &* Polyphase.kernels &+ column
                            plan.multiply(
                                whole + place &* plan.step, stride: plan.tileFloats, count, kernel.elements,
                                row &* Polyphase.kernels &+ column, into: phase + product &* plan.step,
                                stride: plan.phaseFloats)
                        }
                    }
                    call.transformOutputs(first, count, ofRows: odd, from: phase, work)
                }
            }
        }
    }

    /// The cotangent's even and odd rows are transformed one after the other, multiplied, and their sum transformed back.
    func polyphaseBackward(
        _ extents: PolyphaseExtents, weight: Input, _ cotangent: UnsafePointer<Float>,
        into dx: UnsafeMutablePointer<Float>
    ) {
        let plan = extents.tiles(mirrored: true)
        let shift = padded(nil, count: 0, to: plan.outputPitch)
        let kernel = polyphaseKernel(weight, transposed: false)
        withExtendedLifetime((shift, kernel)) {
            let call = WinogradCall(plan: plan, x: cotangent, mirrored: true, bias: shift.elements, y: dx)
            forEachPolyphaseBlock(of: plan) { first, count, whole, phase, work in
                for odd in 0..<2 {
                    call.transformInputs(first, count, ofRows: odd, into: phase, work)
                    // What the shared kernel multiplies is added up over both phases first.
                    for row in Polyphase.rows[odd] where odd == 1 || row != 1 {
                        for column in 0..<Polyphase.kernels {
                            let factor = Polyphase.slot(of: row) &* Polyphase.kernels &+ column
                            let place =
                                Polyphase.mirrored(row) &* Winograd.inputs &+ Polyphase.mirrored(column)
                            plan.multiply(
                                phase + factor &* plan.step, stride: plan.phaseFloats, count, kernel.elements,
                                row &* Polyphase.kernels &+ column, into: whole + place &* plan.step,
                                stride: plan.tileFloats,
                                adding: !(Polyphase.isFirst(row) && Polyphase.isFirst(column)))
                        }
                    }
                }
                call.transformOutputs(first, count, from: whole, work)
            }
        }
    }

    /// Blocks of tiles over the pool, each with memory for whole tiles, for one phase of them and for the transforms.
    private func forEachPolyphaseBlock(
        of plan: WinogradPlan,
        _ body: (
            _ first: Int, _ count: Int, _ whole: UnsafeMutablePointer<Float>, _ phase: UnsafeMutablePointer<Float>,
            _ work: UnsafeMutablePointer<Float>
        ) -> Void
    ) {
        let block = Limits.polyphaseBlock
        let (whole, phase) = (block * plan.tileFloats, block * plan.phaseFloats)
        let work = Kernels.polyphaseHalf + 2 * Winograd.positions * max(plan.inputPitch, plan.outputPitch)
        withScratch(whole + phase + work, chunks: (plan.tiles + block - 1) / block) { scratch in
            forEachChunk(of: plan.tiles, size: block) { first, count, lane in
                let base = scratch[lane]
                body(first, count, base, base + whole, base + whole + phase)
            }
        }
    }

    /// A bias in whole vectors; zeros if there is none.
    private func padded(_ bias: UnsafePointer<Float>?, count: Int, to pitch: Int) -> CPUBuffer {
        let copy = allocate(pitch)
        copy.pointer.update(repeating: 0, count: pitch)
        if let bias { copy.pointer.update(from: bias, count: count) }
        return copy
    }
}

extension WinogradPlan {
    /// Floats from one tile's rows of a phase to the next one's: 45 of them and a cache line, as with whole tiles.
    fileprivate var phaseFloats: Int { Polyphase.side * Polyphase.kernels * step + 16 }

    /// One product of a block, in slices as small as OpenBLAS takes without copying.
    fileprivate func multiply(
        _ factor: UnsafePointer<Float>, stride: Int, _ rows: Int, _ kernels: UnsafePointer<Float>, _ kernel: Int,
        into products: UnsafeMutablePointer<Float>, stride productStride: Int, adding: Bool = false
    ) {
        let (inputs, outputs) = (extents.inputs, extents.outputs)
        let weights = Matrix(kernels + kernel &* inputs &* outputs, stride: outputs)
        let slice = max(16, Limits.winogradProduct / (Limits.polyphaseBlock &* inputs) / 16 &* 16)
        for column in Swift.stride(from: 0, to: outputs, by: slice) {
            Kernels.multiply(
                Matrix(factor, stride: stride), weights.from(column: column), m: rows,
                n: min(slice, outputs &- column), k: inputs, keep: adding ? 1 : 0, into: products + column,
                stride: productStride)
        }
    }
}

extension WinogradCall {
    /// Transforms the even or the odd rows of `count` tiles of an enlarged cotangent.
    fileprivate func transformInputs(
        _ first: Int, _ count: Int, ofRows odd: Int, into transformed: UnsafeMutablePointer<Float>,
        _ work: UnsafeMutablePointer<Float>
    ) {
        let (extents, pitch) = (plan.extents, plan.inputPitch)
        let patch = work + Kernels.polyphaseHalf
        // From one of these rows to the next.
        let rowStride = 4 &* extents.width &* extents.inputs
        let side = 2 &* Winograd.inputs
        for index in 0..<count {
            let place = plan.place(of: first &+ index)
            let (top, left) = (place.top &- 1, place.left &- 1)
            let picture = x + (place.sample &* extents.height &* rowStride &+ odd &* (rowStride / 2))
            let inside =
                top >= 0 && left >= 0 && top &+ Winograd.inputs <= extents.height
                && left &+ Winograd.inputs <= extents.width
            let target = transformed + index &* plan.phaseFloats
            if inside, pitch == extents.inputs {
                Kernels.polyphaseInput(
                    picture + (top &* rowStride &+ left &* 2 &* pitch), rowStride: rowStride, channels: pitch,
                    into: target, stride: plan.step, odd: odd == 1, work)
            } else {
                patch.update(repeating: 0, count: Winograd.inputs &* side &* pitch)
                for v in max(0, 0 &- top)..<min(Winograd.inputs, extents.height &- top) {
                    for u in max(0, 0 &- 2 &* left)..<min(side, 2 &* (extents.width &- left)) {
                        (patch + (v &* side &+ u) &* pitch).update(
                            from: picture + ((top &+ v) &* rowStride &+ (2 &* left &+ u) &* extents.inputs),
                            count: extents.inputs)
                    }
                }
                Kernels.polyphaseInput(
                    patch, rowStride: side &* pitch, channels: pitch, into: target, stride: plan.step,
                    odd: odd == 1, work)
            }
        }
    }

    /// Transforms products of `count` tiles back to the even or the odd rows of the enlarged picture.
    fileprivate func transformOutputs(
        _ first: Int, _ count: Int, ofRows odd: Int, from products: UnsafePointer<Float>,
        _ work: UnsafeMutablePointer<Float>
    ) {
        let (extents, pitch) = (plan.extents, plan.outputPitch)
        let patch = work + Kernels.polyphaseHalf
        let rowStride = 4 &* extents.width &* extents.outputs
        let side = 2 &* Winograd.outputs
        for index in 0..<count {
            let (sample, top, left) = plan.place(of: first &+ index)
            let source = products + index &* plan.phaseFloats
            let picture = y + (sample &* extents.height &* rowStride &+ odd &* (rowStride / 2))
            let target = picture + (top &* rowStride &+ left &* 2 &* extents.outputs)
            let height = min(Winograd.outputs, extents.height &- top)
            let width = min(side, 2 &* (extents.width &- left))
            if height == Winograd.outputs, width == side, pitch == extents.outputs {
                Kernels.polyphaseOutput(
                    source, stride: plan.step, channels: pitch, bias: bias, into: target, rowStride: rowStride,
                    odd: odd == 1, work)
            } else {
                Kernels.polyphaseOutput(
                    source, stride: plan.step, channels: pitch, bias: bias, into: patch, rowStride: side &* pitch,
                    odd: odd == 1, work)
                for v in 0..<height {
                    for u in 0..<width {
                        (target + (v &* rowStride &+ u &* extents.outputs)).update(
                            from: patch + (v &* side &+ u) &* pitch, count: extents.outputs)
                    }
                }
            }
        }
    }
}
