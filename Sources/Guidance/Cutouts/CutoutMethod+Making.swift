extension CutoutMethod {
    /// The method with a render's settings, for views of `side` pixels.
    static func cutouts(for spec: RenderSpec, side: Int) -> any Cutouts {
        switch spec.cutoutMethod {
        case .latest:
            PooledCutouts(
                count: spec.cutouts, side: side, augmentations: spec.augmentations.map(\.augmentation),
                noise: Float(spec.noise))
        case .gentle:
            GentleCutouts(count: spec.cutouts, side: side, noise: Float(spec.noise))
        }
    }
}

extension AugmentationName {
    /// The augmentation with the settings that `latest` gives it.
    public var augmentation: any Augmentation {
        switch self {
        case .affine: Affine()
        case .perspective: Perspective()
        case .jitter: Jitter()
        case .erasing: Erasing()
        }
    }
}
