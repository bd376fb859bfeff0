import Imaging
import TensorCore

/// A mask at a render's size: one number per pixel, a multiple of 1/255 in [0, 1].
struct GrayMask: Equatable {
    let width: Int
    let height: Int
    /// Rows from top to bottom.
    let values: [Float]

    /// Wraps values that are already in the right order.
    init(width: Int, height: Int, values: [Float]) {
        precondition(values.count == width * height, "\(values.count) values for \(width) × \(height) pixels")
        (self.width, self.height, self.values) = (width, height, values)
    }

    /// The lightness of a picture, stretched to a size.
    ///
    /// Resized by antialiased bilinear weights, which unlike Lanczos' do not ring: white stays white up to an edge.
    init(_ image: RGBImage, size: PictureSize, on backend: any Backend) {
        let mean = stride(from: 0, to: image.pixels.count, by: 3).map { at in
            (Float(image.pixels[at]) + Float(image.pixels[at + 1]) + Float(image.pixels[at + 2])) / 3
        }
        let resized = Tensor(mean, shape: [1, image.height, image.width, 1], on: backend)
            .resized(height: size.height, width: size.width)
        self.init(
            width: size.width, height: size.height,
            values: resized.values.map { min(max($0.rounded(), 0), 255) / 255 })
    }

    /// White for black.
    var inverted: GrayMask { GrayMask(width: width, height: height, values: values.map { 1 - $0 }) }

    /// A rectangle in pixels.
    struct Box: Equatable {
        var x: Int
        var y: Int
        var width: Int
        var height: Int
    }

    /// The smallest rectangle around all that is not black; nil if all is.
    var box: Box? {
        let (columns, rows) = (0..<width, 0..<height)
        let usedRows = rows.filter { y in columns.contains { values[y * width + $0] > 0 } }
        let usedColumns = columns.filter { x in usedRows.contains { values[$0 * width + x] > 0 } }
        guard let top = usedRows.first, let bottom = usedRows.last, let left = usedColumns.first,
            let right = usedColumns.last
        else { return nil }
        return Box(x: left, y: top, width: right - left + 1, height: bottom - top + 1)
    }

    /// The values of a rectangle within the mask.
    func crop(x: Int, y: Int, width: Int, height: Int) -> [Float] {
        (y..<(y + height)).flatMap { row in values[(row * self.width + x)..<(row * self.width + x + width)] }
    }
}
