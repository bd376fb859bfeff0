import Checkpoints
import TensorCore

/// The checks of folders of the kinds `augmentation` and `cutouts`: views under recorded parameters.
///
/// `augmentation` names one and holds views as `input`; `cutouts` names a `method` with its `augmentations` and holds a
/// picture as `image`. Each has `sets` of parameters, whose tensors begin with the number of the set, and what flows
/// back. `RecordedParameters` says how every parameter is stored.
struct ParityViews {
    private let folder: ParityFolder
    private let backend: any Backend

    init(_ folder: ParityFolder, _ backend: any Backend) { (self.folder, self.backend) = (folder, backend) }

    /// What was compared, and the names of the tensors that served for it.
    typealias Findings = (rows: [ParityReport.Row], used: Set<String>)

    private func method() throws(CheckpointError) -> CutoutMethod {
        let written = try folder.about.text("method")
        guard let method = CutoutMethod(named: written), method != .gentle else {
            throw folder.about.error("method", "is '\(written)'", hint: "it is one of the published cutout methods")
        }
        return method
    }

    private func augmentation(_ written: String, _ key: String) throws(CheckpointError) -> AugmentationName {
        guard let name = AugmentationName(named: written) else {
            let known = AugmentationName.allCases.map(\.rawValue).joined(separator: ", ")
            throw folder.about.error(key, "is '\(written)'", hint: "known are \(known)")
        }
        return name
    }

    /// One augmentation, forward and backward.
    func augmentation(tolerance: Float) throws(CheckpointError) -> Findings {
        let name = try augmentation(folder.about.text("augmentation"), "augmentation")
        let method = try method()
        guard let input = try folder.picture("input", channels: 3) else { throw folder.refused("input", "is missing") }
        let (count, side) = (input.shape[0], input.shape[2])
        guard side == input.shape[3], (2...1024).contains(side) else {
            throw folder.refused("input", "has shape \(input.shape); views are squares of 2 to 1024 pixels")
        }
        guard let cotangent = try folder.tensor("grad_output", input.shape) else {
            throw folder.refused("grad_output", "is missing")
        }
        let leaf = input.channelsLast(on: backend).tracked()
        var findings: Findings = ([], ["input", "grad_output"])
        for set in 0..<(try folder.about.integer("sets", in: 1...1024)) {
            let recorded = RecordedParameters(folder, count: count, side: side)
            let change = try recorded.augmentation(name, of: method, "\(set)")
            let output = change(leaf)
            let slope = gradient(of: output, withRespectTo: [leaf], cotangent: cotangent.channelsLast(on: backend))[0]
            findings.used.formUnion(recorded.names)
            findings.rows += try compared("\(set).output", output, tolerance)
            findings.rows += try compared("\(set).grad_input", slope, tolerance)
        }
        return findings
    }

    /// A whole method, from the picture to the views and back.
    func cutouts(tolerance: Float) throws(CheckpointError) -> Findings {
        let method = try method()
        let side = try folder.about.integer("side", in: 2...1024)
        let count = try folder.about.integer("cutouts", in: 1...1024)
        let names = try folder.about.textsIfGiven("augmentations") ?? []
        guard let image = try folder.picture("image", channels: 3), image.shape[0] == 1 else {
            throw folder.refused("image", "is missing or more than one")
        }
        guard let cotangent = try folder.tensor("grad_views", [count, 3, side, side]) else {
            throw folder.refused("grad_views", "is missing")
        }
        let leaf = image.channelsLast(on: backend).tracked()
        var findings: Findings = ([], ["image", "grad_views"])
        for set in 0..<(try folder.about.integer("sets", in: 1...1024)) {
            let recorded = RecordedParameters(folder, count: count, side: side)
            var drawn = AugmentedCutouts.Drawn(count: count, side: side, clamps: method == .original)
            if method.takesCrops {
                let values = try recorded.numbers("\(set).crops", [count, 3])
                drawn.crops = try crops(values, "\(set).crops", image.shape)
            }
            for (place, written) in names.enumerated() {
                let name = try augmentation(written, "augmentations")
                drawn.augmentations.append(try recorded.augmentation(name, of: method, "\(set).\(place)"))
            }
            if folder.expected.shape(of: "\(set).noise") != nil {
                let noise = try recorded.pictures("\(set).noise", channels: 3)
                drawn.noise = ViewNoise(values: noise, each: side * side * 3)
            }
            let views = drawn.views(of: leaf, 0..<count)
            let slope = gradient(of: views, withRespectTo: [leaf], cotangent: cotangent.channelsLast(on: backend))[0]
            findings.used.formUnion(recorded.names)
            findings.rows += try compared("\(set).views", views, tolerance)
            findings.rows += try compared("\(set).grad_image", slope, tolerance)
        }
        return findings
    }

    /// Rows of x, y and size; the picture is `[1, 3, H, W]`.
    private func crops(_ values: [Float], _ name: String, _ picture: Shape) throws(CheckpointError) -> [Crop] {
        let (height, width) = (picture[2], picture[3])
        var crops: [Crop] = []
        for start in stride(from: 0, to: values.count, by: 3) {
            let crop = values[start..<(start + 3)].compactMap { Int(exactly: $0) }
            guard crop.count == 3, crop[0] >= 0, crop[1] >= 0, (8...4096).contains(crop[2]),
                crop[0] <= width, crop[1] <= height, crop[2] <= width - crop[0], crop[2] <= height - crop[1]
            else { throw folder.refused(name, "holds a crop below 8 pixels or outside of \(width)×\(height)") }
            crops.append(Crop(x: crop[0], y: crop[1], size: crop[2]))
        }
        return crops
    }

    /// A row for an expected tensor; none where the folder does not hold it.
    private func compared(
        _ name: String, _ found: Tensor, _ tolerance: Float
    ) throws(CheckpointError) -> [ParityReport.Row] {
        let shape: Shape = [found.shape[0], found.shape[3], found.shape[1], found.shape[2]]
        guard let expected = try folder.tensor(name, shape) else { return [] }
        return [
            ParityReport.Row(
                name, shape, expected: expected.values, found: found.channelsFirst, tolerance: tolerance)
        ]
    }
}
