import TensorCore

/// Views of a picture without borders: it is moved around by a random distance before they are taken.
///
/// What leaves on one side comes back on the other. So the seams lie anywhere in the views, and are judged like every
/// other place; without this they would always lie at the views' border, which no view shows from both sides.
struct RollingCutouts: Cutouts {
    let base: any Cutouts
    let axes: CircularAxes

    /// Moving an image prompt, or the part of a render under a mask, would cut it in two.
    var bordered: any Cutouts { base }

    func draw(height: Int, width: Int, seed: UInt64, iteration: Int) -> any DrawnCutouts {
        var random = RandomPurpose.seams.stream(seed: seed, iteration: iteration)
        let down = axes.contains(.vertical) ? random.integer(below: height) : 0
        let right = axes.contains(.horizontal) ? random.integer(below: width) : 0
        let drawn = base.draw(height: height, width: width, seed: seed, iteration: iteration)
        return Drawn(base: drawn, down: down, right: right)
    }

    private struct Drawn: DrawnCutouts {
        let base: any DrawnCutouts
        let down: Int
        let right: Int

        var count: Int { base.count }

        func common(of image: Tensor) -> Tensor {
            base.common(of: image.rolled(axis: 1, by: down).rolled(axis: 2, by: right))
        }

        func views(from common: Tensor, _ range: Range<Int>) -> Tensor { base.views(from: common, range) }
    }
}

extension Tensor {
    /// The entries of an axis moved on by `distance`; those that leave at the end come back at the beginning.
    func rolled(axis: Int, by distance: Int) -> Tensor {
        let count = shape[axis]
        let moved = (distance % count + count) % count
        guard moved != 0 else { return self }
        let tail = slice(axis: axis, start: count - moved, count: moved)
        return Tensor.apply(.concatenate(axis: axis), [tail, slice(axis: axis, start: 0, count: count - moved)])
    }
}
