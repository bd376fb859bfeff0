import TensorCore

extension RegularizerSettings {
    /// The terms that are asked for, in the order of the settings.
    ///
    /// - Parameters:
    ///   - start: the latent before the first step, `[1, h, w, e]`.
    ///   - decode: the picture of a latent.
    ///   - size: the picture's.
    ///   - seamless: axes along which the picture has no border.
    /// - Returns: one regulariser per column of the loss curve.
    func regularizers(
        start: Tensor, decode: (Tensor) -> Tensor, size: PictureSize, seamless: CircularAxes
    ) -> [any Regularizer] {
        var terms: [any Regularizer] = []
        if let initWeight {
            let method = initWeightMethod ?? .decay
            let image = method == .pixels ? decode(start) : nil
            terms.append(InitWeight(method: method, weight: Float(initWeight), start: start, startImage: image))
        }
        if let totalVariation { terms.append(TotalVariation(weight: Float(totalVariation), seamless: seamless)) }
        if let smoothness { terms.append(Smoothness(weight: Float(smoothness), seamless: seamless)) }
        if let palette {
            terms.append(PaletteDistance(palette, weight: Float(paletteWeight ?? 1), on: start.backend))
        }
        if let saturation { terms.append(Saturation(weight: Float(saturation))) }
        for leftRight in symmetry?.mirrors ?? [] {
            terms.append(
                Symmetry(leftRight: leftRight, weight: Float(symmetryWeight ?? 1), size: size, on: start.backend))
        }
        return terms
    }
}

extension SymmetryName {
    /// The mirrors, true for the one that exchanges left and right.
    var mirrors: [Bool] {
        switch self {
        case .leftRight: [true]
        case .upDown: [false]
        case .both: [true, false]
        }
    }
}
