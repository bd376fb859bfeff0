import Imaging
import TensorCore

/// Pictures of chance to start from, as the published scripts make them, but from counted streams of the seed.
///
/// The streams are not those of numpy, whose generator the scripts forgot to seed.
enum RandomPicture {
    /// Every sample uniform in 0...254.
    static func pixels(_ size: PictureSize, from random: inout Philox) -> RGBImage {
        let samples = (0..<(size.width * size.height * 3)).map { _ in UInt8(random.integer(below: 255)) }
        return RGBImage(width: size.width, height: size.height, pixels: samples)
    }

    /// A linear ramp per channel, cut off to whole levels: red from left to right, green and blue from top to bottom.
    ///
    /// Red and green start at 0 and blue anywhere below 255; they end below 255, 255 and 128.
    static func gradient(_ size: PictureSize, from random: inout Philox) -> RGBImage {
        let starts = [0, 0, Float(random.integer(below: 255))]
        let stops = [
            Float(1 + random.integer(below: 254)), Float(2 + random.integer(below: 253)),
            Float(3 + random.integer(below: 125)),
        ]
        var samples: [UInt8] = []
        samples.reserveCapacity(size.width * size.height * 3)
        for y in 0..<size.height {
            for x in 0..<size.width {
                let across = Float(x) / Float(max(size.width - 1, 1))
                let down = Float(y) / Float(max(size.height - 1, 1))
                for (channel, place) in [across, down, down].enumerated() {
                    samples.append(UInt8(starts[channel] + (stops[channel] - starts[channel]) * place))
                }
            }
        }
        return RGBImage(width: size.width, height: size.height, pixels: samples)
    }
}

extension RGBImage {
    /// The picture with a share of random pixels: `(1 − share)·p + share·noise`, rounded.
    func mixed(with noise: RGBImage, share: Float) -> RGBImage {
        let samples = zip(pixels, noise.pixels).map { own, other in
            UInt8((Float(own) * (1 - share) + Float(other) * share).rounded())
        }
        return RGBImage(width: width, height: height, pixels: samples)
    }

    /// `[1, H, W, 3]` in the encoder's range of −1 to 1.
    func encoderInput(on backend: any Backend) -> Tensor {
        Tensor(pixels.map { Float($0) / 255 * 2 - 1 }, shape: shape, on: backend)
    }
}
