extension RenderSpec {
    /// Checks every setting by itself and against the others; throws `RenderSpecError`.
    ///
    /// Decoding does this too; call it for a specification that was put together in code.
    public func validate() throws(RenderSpecError) {
        do { _ = try prompts() } catch { throw .prompt(error) }
        // Written and read again, every value meets the checks of its row.
        var copy = self
        for setting in RenderSettings.keys {
            if let value = setting.write(self) { try setting.read(value, &copy) }
        }
        try validateJudging()
        if views.method == .gentle, !views.augmentations.isEmpty {
            throw .conflict(
                "“augmentations” do not go with “cutout_method”: \"gentle\", which has its own; leave them out or choose "
                    + "another method")
        }
        if views.cutPower != nil, !views.method.takesCrops {
            throw .conflict(
                "“cut_pow” shapes random crops, but “cutout_method” is \"\(views.method.rawValue)\"; leave it out or "
                    + "choose original, updated or nrupdated")
        }
        try validateStart()
        try validatePrompts()
        try descent.validate()
        try regularizers.validate()
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
}
