/// The optimisers of the latent, with the published defaults.
public enum OptimizerName: String, SettingChoice, Codable {
    /// Kingma and Ba 2015.
    case adam
    /// Adam with decoupled weight decay (Loshchilov and Hutter 2019).
    case adamW = "adamw"
    /// Duchi, Hazan and Singer 2011.
    case adagrad
    /// Adam with the maximum norm (Kingma and Ba 2015, section 7.1).
    case adamax
    /// Dubey et al. 2020.
    case diffGrad = "diffgrad"
    /// Heo et al. 2021.
    case adamP = "adamp"
    /// Liu et al. 2020.
    case rAdam = "radam"
    /// Tieleman and Hinton 2012.
    case rmsProp = "rmsprop"

    /// The optimiser of a name, whatever the case of its letters: other programs write `AdamW`, `DiffGrad`.
    public init?(named name: String) { self.init(rawValue: name.lowercased()) }

    /// How it moves variables.
    var rule: any UpdateRule.Type {
        switch self {
        case .adam: Adam.self
        case .adamW: AdamW.self
        case .adagrad: Adagrad.self
        case .adamax: Adamax.self
        case .diffGrad: DiffGrad.self
        case .adamP: AdamP.self
        case .rAdam: RAdam.self
        case .rmsProp: RMSprop.self
        }
    }
}
