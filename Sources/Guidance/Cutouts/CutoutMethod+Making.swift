import TensorCore

extension CutoutMethod {
    /// The method with a render's settings, for views of `side` pixels.
    static func cutouts(for spec: RenderSpec, side: Int) -> any Cutouts {
        let cutouts = borderedCutouts(for: spec, side: side)
        return spec.circularAxes.isEmpty ? cutouts : RollingCutouts(base: cutouts, axes: spec.circularAxes)
    }

    private static func borderedCutouts(for spec: RenderSpec, side: Int) -> any Cutouts {
        let (views, method) = (spec.views, spec.views.method)
        if method == .gentle { return GentleCutouts(counts: views.count, side: side, noise: Float(views.noise)) }
        let isCorrected = views.correctsAugmentations ?? false
        return AugmentedCutouts(
            counts: views.count, side: side,
            source: method.takesCrops ? .crops(power: views.cutPower ?? 1) : .pooled,
            augmentations: views.augmentations.map { $0.augmentation(of: method, corrected: isCorrected) },
            noise: Float(views.noise), clamps: method == .original)
    }
}

extension AugmentationSetting {
    /// The augmentation as a method has it, with what the user changed about it.
    public func augmentation(of method: CutoutMethod, corrected: Bool = false) -> any Augmentation {
        var augmentation = name.augmentation(of: method)
        for (name, value) in overrides {
            precondition(augmentation.tune(name, to: Float(value)), "the setting \(name) was checked when it was read")
        }
        if corrected, var quirky = augmentation as? any QuirkyAugmentation {
            quirky.corrected = true
            augmentation = quirky
        }
        return augmentation
    }
}

extension AugmentationName {
    /// The augmentation with the settings that a method gives it; what a method does not have is that of `latest`.
    public func augmentation(of method: CutoutMethod) -> any Augmentation {
        switch self {
        case .flip: return Flip()
        case .affine:
            var affine = Affine()
            if method == .updated || method == .nrupdated { affine.degrees = 30 }
            if method == .updated { affine.probability = 0.8 }
            if method == .updated || method == .updatedpooling { (affine.shear, affine.padding) = (0, .border) }
            return affine
        case .perspective:
            var perspective = Perspective()
            if method == .updated { (perspective.distortion, perspective.probability) = (0.2, 0.4) }
            if method == .nrupdated { perspective.distortion = 0.5 }
            return perspective
        case .jitter:
            var jitter = Jitter()
            if method == .updated || method == .updatedpooling { (jitter.brightness, jitter.contrast) = (0, 0) }
            if method == .updated { (jitter.saturation, jitter.hue) = (0.01, 0.01) }
            return jitter
        case .sharpness:
            var sharpness = Sharpness()
            if method == .updated { sharpness.probability = 0.4 }
            return sharpness
        case .noise: return GaussianNoise()
        case .rotation: return Rotation()
        case .elastic: return Elastic()
        case .spline: return ThinPlateSpline()
        case .crop: return RandomCrop()
        case .erasing: return Erasing()
        case .resizedCrop: return ResizedCrop()
        }
    }

    /// Names and ranges of what a user may change about it.
    var tuningRanges: [(name: String, range: ClosedRange<Float>)] {
        func ranges<A: Augmentation>(_ augmentation: A) -> [(name: String, range: ClosedRange<Float>)] {
            A.tuningRanges
        }
        return ranges(augmentation(of: .latest))
    }
}
