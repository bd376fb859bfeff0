extension CutoutMethod {
    /// The method with a render's settings, for views of `side` pixels.
    static func cutouts(for spec: RenderSpec, side: Int) -> any Cutouts {
        switch spec.views.method {
        case .latest:
            PooledCutouts(
                count: spec.views.count, side: side, augmentations: spec.views.augmentations.map(\.augmentation),
                noise: Float(spec.views.noise))
        case .gentle:
            GentleCutouts(count: spec.views.count, side: side, noise: Float(spec.views.noise))
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
