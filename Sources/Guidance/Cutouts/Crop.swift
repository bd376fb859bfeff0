import Glibc
import TensorCore

/// A square part of a picture in pixels.
public struct Crop: Sendable, Equatable {
    /// Left column.
    public var x: Int
    /// Top row.
    public var y: Int
    /// Rows and columns.
    public var size: Int

    /// Makes a crop.
    public init(x: Int, y: Int, size: Int) {
        self.x = x
        self.y = y
        self.size = size
    }

    /// Draws a crop of a picture for a view of `side` pixels, as the published scripts do.
    ///
    /// With `most = min(W, H)` and `least = min(W, H, side)` its size is `⌊U^power · (most − least) + least⌋`, and every
    /// place where it fits is as likely as any other.
    init(height: Int, width: Int, side: Int, power: Double, from random: inout Philox) {
        let (most, least) = (min(width, height), min(width, height, side))
        size = Int(pow(Double(random.uniform()), power) * Double(most - least) + Double(least))
        x = random.integer(below: width - size + 1)
        y = random.integer(below: height - size + 1)
    }
}

extension Tensor {
    /// Crops of a picture `[1, H, W, C]`, each brought to `side` pixels: `[crops.count, side, side, C]`.
    ///
    /// A crop that is larger is smoothed by Lanczos' filter first; see `resampleMatrix(from:to:)`.
    func cropped(_ crops: ArraySlice<Crop>, side: Int) -> Tensor {
        var matrices: [Int: Tensor] = [:]
        let views = crops.map { crop -> Tensor in
            let part = slice(axis: 1, start: crop.y, count: crop.size).slice(axis: 2, start: crop.x, count: crop.size)
            if crop.size == side { return part }
            let matrix =
                matrices[crop.size]
                ?? Tensor(resampleMatrix(from: crop.size, to: side), shape: [side, crop.size], on: backend)
            matrices[crop.size] = matrix
            return Tensor.apply(.separable, [part, matrix, matrix])
        }
        return views.count == 1 ? views[0] : Tensor.apply(.concatenate(axis: 0), views)
    }
}
