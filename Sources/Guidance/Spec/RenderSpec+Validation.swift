extension RenderSpec {
    /// Checks every setting by itself and against the others; throws `RenderSpecError`.
    ///
    /// Decoding does this too; call it for a specification that was put together in code.
    public func validate() throws(RenderSpecError) {
        do { _ = try prompts() } catch { throw .prompt(error) }
        try check(UInt64(clamping: iterations), in: Limits.iterations, "iterations")
        try check(UInt64(clamping: cutouts), in: Limits.cutouts, "cutouts")
        try check(size.width, in: Limits.side, "size")
        try check(size.height, in: Limits.side, "size")
        try check(learningRate, in: Limits.learningRate, "learning_rate")
        try check(noise, in: Limits.noise, "noise")
        try check(vqgan, "vqgan")
        try check(clip, "clip")
        if let startImage { try check(startImage, "start_image") }
        guard augmentations.count <= Limits.augmentations else {
            throw .outOfRange(
                key: "augmentations", value: "a list of \(augmentations.count)",
                allowed: "0 ... \(Limits.augmentations) names")
        }
        if cutoutMethod == .gentle, !augmentations.isEmpty {
            throw .conflict(
                "“augmentations” belong to “cutout_method”: \"latest\"; the gentle method has its own, so leave them out"
            )
        }
        if start == .image, startImage == nil {
            throw .conflict("“start” is \"image\" but no “start_image” is named")
        }
        if start != .image, startImage != nil {
            throw .conflict("“start_image” is named but “start” is \"\(start.rawValue)\"; leave out one of them")
        }
    }

    /// Checks all that `validate()` does, and the size against the factor by which the VQGAN reduces a picture.
    ///
    /// - Parameter factor: pixels per latent position along an axis: 8 or 16 in the published models.
    /// - Throws: `RenderSpecError`.
    public func validate(downsamplingFactor factor: Int) throws(RenderSpecError) {
        try validate()
        let positions = (size.width / factor) * (size.height / factor)
        guard positions <= Limits.latentPositions else {
            let side = Int(Double(Limits.latentPositions).squareRoot()) * factor
            throw .outOfRange(key: "size", value: "\(size)", allowed: "the area of \(side)×\(side) with this VQGAN")
        }
        guard size.width % factor != 0 || size.height % factor != 0 else { return }
        let choices = fitting(size.width, factor).flatMap { width in
            fitting(size.height, factor).map { PictureSize(width: width, height: $0) }
        }
        throw .sizeNotMultiple(size: size, factor: factor, nearest: choices)
    }

    /// The allowed multiples of `factor` next below and above, or the side itself.
    private func fitting(_ side: Int, _ factor: Int) -> [Int] {
        let below = side / factor * factor
        let candidates = below == side ? [side] : [below, below + factor]
        return candidates.filter { $0 > 0 && Limits.side.contains($0) }
    }

    private func check<Bound>(
        _ value: Bound, in range: ClosedRange<Bound>, _ key: String
    ) throws(RenderSpecError) {
        guard range.contains(value) else {
            throw .outOfRange(key: key, value: "\(value)", allowed: "\(range.lowerBound) ... \(range.upperBound)")
        }
    }

    private func check(_ file: FileReference, _ key: String) throws(RenderSpecError) {
        guard !file.name.isEmpty, file.name.utf8.count <= Limits.nameBytes else {
            throw .outOfRange(
                key: key, value: "a name of \(file.name.utf8.count) bytes", allowed: "1 ... \(Limits.nameBytes) bytes")
        }
        guard let digest = file.sha256 else { return }
        let isHexadecimal = digest.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        guard digest.utf8.count == 64, isHexadecimal else {
            throw .wrongType(
                key: "\(key).sha256", expected: "64 lowercase hexadecimal digits", found: "“\(digest.prefix(70))”")
        }
    }
}
