import Checkpoints
import TensorCore

/// The parameters of some views as a folder holds them: tensors `prefix.name` with one entry per view in front.
final class RecordedParameters {
    let folder: ParityFolder
    /// Number of views.
    let count: Int
    /// Their side in pixels.
    let side: Int
    /// Every tensor that was asked for.
    private(set) var names: Set<String> = []

    init(_ folder: ParityFolder, count: Int, side: Int) {
        (self.folder, self.count, self.side) = (folder, count, side)
    }

    /// A tensor of a known shape, finite; it must be there.
    func numbers(_ name: String, _ shape: Shape) throws(CheckpointError) -> [Float] {
        names.insert(name)
        guard let tensor = try folder.tensor(name, shape) else { throw folder.refused(name, "is missing") }
        guard tensor.values.allSatisfy({ $0.isFinite }) else {
            throw folder.refused(name, "holds numbers that are not finite")
        }
        return tensor.values
    }

    /// A tensor of pictures `[N, channels, S, S]` with the channels last, as it lies in memory here.
    func pictures(_ name: String, channels: Int) throws(CheckpointError) -> [Float] {
        let values = try numbers(name, [count, channels, side, side])
        return HostTensor.exchanged(values, outer: count, rows: channels, columns: side * side)
    }

    /// The views that are changed.
    func selected(_ prefix: String) throws(CheckpointError) -> [Bool] {
        try numbers("\(prefix).selected", [count]).map { $0 != 0 }
    }

    /// Parts of a view as rows of x, y, width and height.
    func rectangles(_ name: String, _ shape: Shape) throws(CheckpointError) -> [Rectangle] {
        let values = try numbers(name, shape)
        var parts: [Rectangle] = []
        for start in stride(from: 0, to: values.count, by: 4) {
            let part = values[start..<(start + 4)].compactMap { Int(exactly: $0) }
            guard part.count == 4, part[0] >= 0, part[1] >= 0, part[2] > 0, part[3] > 0,
                part[0] <= side, part[1] <= side, part[2] <= side - part[0], part[3] <= side - part[1]
            else { throw folder.refused(name, "holds a part that lies outside of \(side)×\(side) pixels") }
            parts.append(Rectangle(x: part[0], y: part[1], width: part[2], height: part[3]))
        }
        return parts
    }

    /// An augmentation with its recorded parameters.
    ///
    /// - Parameters:
    ///   - name: which augmentation.
    ///   - method: whose settings it has; only the padding of `affine` depends on them.
    ///   - prefix: what stands before the names of its tensors.
    /// - Returns: the change of `count` views.
    /// - Throws: `CheckpointError` for a tensor that is missing or does not fit.
    func augmentation(
        _ name: AugmentationName, of method: CutoutMethod, _ prefix: String
    ) throws(CheckpointError) -> any DrawnAugmentation {
        let selected = try selected(prefix)
        /// The value of every selected view, nil for the others.
        func chosen<Value>(_ values: [Value]) -> [Value?] { zip(selected, values).map { $0 ? $1 : nil } }
        func points(_ values: [Float]) -> [SIMD2<Float>] {
            stride(from: 0, to: values.count, by: 2).map { SIMD2(values[$0], values[$0 + 1]) }
        }
        func groups<Value>(_ values: [Value], of size: Int) -> [[Value]] {
            stride(from: 0, to: values.count, by: size).map { Array(values[$0..<($0 + size)]) }
        }
        switch name {
        case .affine:
            let degrees = try numbers("\(prefix).degrees", [count])
            let shifts = points(try numbers("\(prefix).shift", [count, 2]))
            let shear = try numbers("\(prefix).shear", [count])
            let padding = (name.augmentation(of: method) as? Affine)?.padding ?? .zeros
            return Affine.Drawn(
                views: (0..<count).map {
                    Affine.View(selected: selected[$0], degrees: degrees[$0], shift: shifts[$0], shear: shear[$0])
                }, padding: padding)
        case .perspective:
            let insets = groups(points(try numbers("\(prefix).inset", [count, 4, 2])), of: 4)
            return Perspective.Drawn(views: zip(selected, insets).map { Perspective.View(selected: $0, inset: $1) })
        case .jitter: return try jitter(selected, prefix)
        case .erasing:
            let part = try rectangles("\(prefix).rectangle", [4])[0]
            return Erasing.Drawn(rectangle: selected.contains(true) ? part : nil)
        case .flip: return Flip.Drawn(selected: selected)
        case .sharpness: return Sharpness.Drawn(factors: chosen(try numbers("\(prefix).factor", [count])))
        case .noise:
            let noise = ViewNoise(values: try pictures("\(prefix).noise", channels: 3), each: side * side * 3)
            return GaussianNoise.Drawn(selected: selected, noise: noise)
        case .rotation: return Rotation.Drawn(degrees: chosen(try numbers("\(prefix).degrees", [count])))
        case .elastic:
            let noise = groups(try pictures("\(prefix).noise", channels: 2), of: side * side * 2)
            return Elastic.Drawn(selected: selected, source: .given(noise))
        case .spline:
            let moves = groups(points(try numbers("\(prefix).moves", [count, 5, 2])), of: 5)
            return ThinPlateSpline.Drawn(moves: chosen(moves))
        case .crop: return RandomCrop.Drawn(moves: [SIMD2<Int>](repeating: SIMD2(0, 0), count: count))
        case .resizedCrop:
            return ResizedCrop.Drawn(parts: chosen(try rectangles("\(prefix).parts", [count, 4])))
        }
    }

    private func jitter(_ selected: [Bool], _ prefix: String) throws(CheckpointError) -> Jitter.Drawn {
        let adjustments: [ColorAdjustment] = [.brightness, .contrast, .saturation, .hue]
        let order = try numbers("\(prefix).order", [4]).compactMap { Int(exactly: $0) }
        guard order.sorted() == [0, 1, 2, 3] else {
            throw folder.refused("\(prefix).order", "is no order of 0 to 3")
        }
        let factors = try numbers("\(prefix).factors", [count, 4])
        return Jitter.Drawn(
            selected: selected,
            adjustments: order.map { place in
                (adjustments[place], factors: (0..<count).map { factors[$0 * 4 + place] })
            })
    }
}
