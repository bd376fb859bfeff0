import TensorCore

/// The extents of one convolution `[N, H, W, I] → [N, H', W', O]`.
struct ConvolutionExtents {
    let samples: Int
    let height: Int
    let width: Int
    let inputs: Int
    let outputHeight: Int
    let outputWidth: Int
    let outputs: Int
    let geometry: Convolution

    init(samples: Int, height: Int, width: Int, inputs: Int, outputs: Int, _ geometry: Convolution) {
        self.samples = samples
        self.height = height
        self.width = width
        self.inputs = inputs
        self.outputs = outputs
        self.geometry = geometry
        outputHeight = geometry.outputExtent(height)
        outputWidth = geometry.outputExtent(width)
    }

    /// Number of output pixels.
    var outputPixels: Int { samples * outputHeight * outputWidth }
    /// Values under one position of the kernel.
    var window: Int { geometry.kernel * geometry.kernel * inputs }

    /// Whether this is a matrix product of pixels.
    var isPointwise: Bool {
        geometry.kernel == 1 && geometry.stride == 1 && geometry.paddingBefore == 0 && geometry.paddingAfter == 0
    }

    /// Whether Winograd's transforms apply and pay.
    var suitsWinograd: Bool {
        let tiles = samples * ((outputHeight + 3) / 4) * ((outputWidth + 3) / 4)
        let isLarge = inputs * outputs >= Limits.winogradLargeKernel
        let minimum = isLarge ? Limits.winogradLargeMinimum : Limits.winogradMinimum
        return geometry.kernel == 3 && geometry.stride == 1 && inputs >= 16 && outputs >= 16
            && tiles >= minimum
    }

    /// Whether so few outputs come out that it pays to multiply first and shift afterwards.
    var suitsTaps: Bool { geometry.stride == 1 && outputs <= Limits.tapOutputs && inputs > outputs }
}

extension CPUBackend {
    /// `y = x ∗ w + b + r`.
    func convolve(
        _ x: Input, weight: Input, bias: Input?, summand: Input? = nil, _ geometry: Convolution,
        into y: UnsafeMutablePointer<Float>
    ) {
        guard geometry.circular.isEmpty else {
            return convolveCircular(x, weight: weight, bias: bias, summand: summand, geometry, into: y)
        }
        let extents = ConvolutionExtents(
            samples: x.shape[0], height: x.shape[1], width: x.shape[2], inputs: x.shape[3], outputs: weight.shape[0],
            geometry)
        if extents.suitsWinograd {
            winograd(
                extents, x.pointer, weight: weight, mirrored: false, bias: bias?.pointer, summand: summand?.pointer,
                into: y)
        } else {
            convolveDirectly(extents, x.pointer, weight: weight.pointer, bias: bias?.pointer, into: y)
            if let summand { add(summand, into: y) }
        }
    }

    /// `dx` from `dy`: with stride 1 a convolution with the kernels turned by half a circle.
    func convolveBackward(
        weight: Input, _ cotangent: Input, _ geometry: Convolution, into dx: UnsafeMutablePointer<Float>, shape: Shape
    ) {
        guard geometry.circular.isEmpty else {
            return convolveCircularBackward(weight: weight, cotangent, geometry, into: dx, shape: shape)
        }
        let (outputs, inputs) = (weight.shape[0], weight.shape[3])
        let overhang = geometry.kernel - 1
        guard geometry.stride == 1, geometry.paddingBefore <= overhang, geometry.paddingAfter <= overhang else {
            let extents = ConvolutionExtents(
                samples: shape[0], height: shape[1], width: shape[2], inputs: inputs, outputs: outputs, geometry)
            fold(extents, weight: weight.pointer, cotangent.pointer, into: dx)
            return
        }
        if geometry.kernel == 1 {
            linearBackward(
                weight: Input(shape: [outputs, inputs], buffer: weight.buffer), cotangent, into: dx)
            return
        }
        let turned = Convolution(
            kernel: geometry.kernel, paddingBefore: overhang - geometry.paddingBefore,
            paddingAfter: overhang - geometry.paddingAfter)
        convolveMirrored(weight: weight, cotangent, turned, into: dx, samples: shape[0])
    }

    /// A convolution with the kernels turned by half a circle and inputs and outputs exchanged.
    func convolveMirrored(
        weight: Input, _ cotangent: Input, _ turned: Convolution, into dx: UnsafeMutablePointer<Float>, samples: Int
    ) {
        let (outputs, inputs) = (weight.shape[0], weight.shape[3])
        let extents = ConvolutionExtents(
            samples: samples, height: cotangent.shape[1], width: cotangent.shape[2], inputs: outputs,
            outputs: inputs, turned)
        if extents.suitsWinograd {
            winograd(extents, cotangent.pointer, weight: weight, mirrored: true, into: dx)
        } else if weight.shape.count >= Limits.turnedElements,
            max(turned.paddingBefore, turned.paddingAfter) < turned.kernel
        {
            // A large kernel is not worth a second copy of it.
            let overhang = turned.kernel - 1
            let forward = Convolution(
                kernel: turned.kernel, paddingBefore: overhang - turned.paddingBefore,
                paddingAfter: overhang - turned.paddingAfter)
            fold(
                ConvolutionExtents(
                    samples: samples, height: extents.outputHeight, width: extents.outputWidth, inputs: inputs,
                    outputs: outputs, forward),
                weight: weight.pointer, cotangent.pointer, into: dx)
        } else {
            convolveDirectly(
                extents, cotangent.pointer, weight: turnedKernel(weight).elements, bias: nil, into: dx)
        }
    }

    private func add(_ summand: Input, into y: UnsafeMutablePointer<Float>) {
        let terms = summand.pointer
        forEachChunk(of: summand.shape.count, size: Limits.elementwiseChunk) { start, count, _ in
            Kernels.accumulate(terms + start, into: y + start, count: count)
        }
    }

    /// Every convolution that has no faster form.
    private func convolveDirectly(
        _ extents: ConvolutionExtents, _ x: UnsafePointer<Float>, weight: UnsafePointer<Float>,
        bias: UnsafePointer<Float>?, into y: UnsafeMutablePointer<Float>
    ) {
        if extents.isPointwise {
            multiply(
                Matrix(x, stride: extents.inputs), Matrix(weight, stride: extents.inputs, transposed: true),
                m: extents.outputPixels, n: extents.outputs, k: extents.inputs, bias: bias, into: y,
                stride: extents.outputs)
        } else if extents.suitsTaps {
            convolveByTaps(extents, x, weight: weight, bias: bias, into: y)
        } else {
            convolveUnfolded(extents, x, weight: weight, bias: bias, into: y)
        }
    }

    /// `[O, k, k, I] → [I, k, k, O]` with both kernel axes reversed.
    private func turnedKernel(_ weight: Input) -> CPUBuffer {
        let (outputs, kernel, inputs) = (weight.shape[0], weight.shape[1], weight.shape[3])
        return weight.buffer.layout(.turnedKernel(outputs: outputs, kernel: kernel, inputs: inputs)) {
            let turned = allocate(weight.shape.count, for: .constants)
            let (source, taps) = (weight.pointer, kernel * kernel)
            for o in 0..<outputs {
                for tap in 0..<taps {
                    for i in 0..<inputs {
                        turned.pointer[(i * taps + taps - 1 - tap) * outputs + o] =
                            source[(o * taps + tap) * inputs + i]
                    }
                }
            }
            return turned
        }
    }
}
