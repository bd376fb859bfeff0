import TensorCore

extension CPUBackend {
    /// A 3×3 convolution of a picture enlarged by two: by phases where that pays, else one after the other.
    func convolveUpsampled(
        _ x: Input, weight: Input, bias: Input?, _ circular: CircularAxes, into y: UnsafeMutablePointer<Float>
    ) {
        let shape = x.shape
        let extents = PolyphaseExtents(
            samples: shape[0], height: shape[1], width: shape[2], inputs: shape[3], outputs: weight.shape[0])
        guard extents.suits(circular) else {
            let enlarged: Shape = [shape[0], 2 * shape[1], 2 * shape[2], shape[3]]
            let picture = allocate(enlarged.count, for: .tensor(.passing))
            upsample(x, factor: 2, into: picture.pointer)
            let geometry = Convolution.same3x3.circular(along: circular)
            return convolve(
                Input(shape: enlarged, buffer: picture), weight: weight, bias: bias, geometry, into: y)
        }
        polyphase(extents, x.pointer, weight: weight, bias: bias?.pointer, into: y)
    }

    /// Its input gradient.
    func convolveUpsampledBackward(
        weight: Input, _ cotangent: Input, _ circular: CircularAxes, into dx: UnsafeMutablePointer<Float>,
        shape: Shape
    ) {
        let extents = PolyphaseExtents(
            samples: shape[0], height: shape[1], width: shape[2], inputs: shape[3], outputs: weight.shape[0])
        guard extents.suits(circular) else {
            let enlarged: Shape = [shape[0], 2 * shape[1], 2 * shape[2], shape[3]]
            let gradient = allocate(enlarged.count, for: .tensor(.passing))
            let geometry = Convolution.same3x3.circular(along: circular)
            convolveBackward(weight: weight, cotangent, geometry, into: gradient.pointer, shape: enlarged)
            return upsampleBackward(Input(shape: enlarged, buffer: gradient), factor: 2, into: dx, shape: shape)
        }
        polyphaseBackward(extents, weight: weight, cotangent.pointer, into: dx)
    }
}
