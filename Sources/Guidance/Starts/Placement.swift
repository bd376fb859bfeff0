import Imaging

/// Where a resized picture lies in a render.
struct Placement: Equatable {
    /// The picture's extents after resizing.
    let scaled: PictureSize
    /// Its left column in the render; negative where it sticks out.
    let x: Int
    /// Its top row.
    let y: Int
    /// The render's extents.
    let size: PictureSize

    /// Places a picture of `width` × `height` in the middle.
    init(width: Int, height: Int, in size: PictureSize, _ fit: StartFit) {
        let ratios = [Double(size.width) / Double(width), Double(size.height) / Double(height)]
        func extent(_ side: Int, _ ratio: Double) -> Int { max(1, Int((Double(side) * ratio).rounded())) }
        switch fit {
        case .stretch: scaled = size
        case .fit:
            let ratio = min(ratios[0], ratios[1])
            scaled = PictureSize(
                width: min(extent(width, ratio), size.width), height: min(extent(height, ratio), size.height))
        case .fill:
            let ratio = max(ratios[0], ratios[1])
            scaled = PictureSize(
                width: max(extent(width, ratio), size.width), height: max(extent(height, ratio), size.height))
        }
        (x, y) = ((size.width - scaled.width) / 2, (size.height - scaled.height) / 2)
        self.size = size
    }

    /// The index of every pixel of the render among those of the resized picture, row by row; nil beside it.
    var sources: [Int?] {
        (0..<size.height).flatMap { row in
            (0..<size.width).map { column in
                let (sx, sy) = (column - x, row - y)
                guard (0..<scaled.width).contains(sx), (0..<scaled.height).contains(sy) else { return nil }
                return sy * scaled.width + sx
            }
        }
    }
}

extension RGBImage {
    /// The picture at a render's size, by Lanczos; middle gray beside it.
    func placed(in size: PictureSize, _ fit: StartFit) -> RGBImage {
        let placement = Placement(width: width, height: height, in: size, fit)
        let scaled = resized(width: placement.scaled.width, height: placement.scaled.height)
        guard placement.scaled != size else { return scaled }
        let pixels = placement.sources.flatMap { source -> [UInt8] in
            guard let source else { return [128, 128, 128] }
            return Array(scaled.pixels[(source * 3)..<(source * 3 + 3)])
        }
        return RGBImage(width: size.width, height: size.height, pixels: pixels)
    }
}
