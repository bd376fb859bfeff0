extension DescentSettings {
    /// A gradient within the bounds that are set: every element first, then the length of the whole (PyTorch's
    /// `clip_grad_value_` and `clip_grad_norm_`).
    func clipped(_ gradient: [Float]) -> [Float] {
        var result = gradient
        if let bound = clipGradientValue.map({ Float($0) }) {
            for i in result.indices { result[i] = min(max(result[i], -bound), bound) }
        }
        if let longest = clipGradientNorm {
            let norm = result.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            let scale = longest / (norm + 1e-6)
            if scale < 1 { for i in result.indices { result[i] *= Float(scale) } }
        }
        return result
    }
}
