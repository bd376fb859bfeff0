public import TensorCore

/// A published CLIP, with what its weights do not tell.
///
/// The names are those of OpenCLIP: architecture, a hyphen, and the name of the training.
public struct KnownCLIP: Sendable, Equatable {
    /// As in `ViT-B-32-openai`.
    public let name: String
    /// Nonlinearity of its transformers.
    public let activation: Activation
    /// Mean of its training pictures per channel.
    public var mean = CLIPConfiguration.openAIMean
    /// Standard deviation of its training pictures per channel.
    public var deviation = CLIPConfiguration.openAIDeviation
    /// SHA-256 of the file as published, 64 lowercase hexadecimal digits; nil where it comes in several forms.
    public var sha256: String?

    /// The model of a name, whatever the case of its letters and the form of its separators; nil where none is known.
    public static func named(_ name: String) -> KnownCLIP? {
        let wanted = plain(name)
        return all.first { plain($0.name) == wanted }
    }

    /// The model whose published file has this digest.
    public static func published(sha256: String) -> KnownCLIP? { all.first { $0.sha256 == sha256 } }

    /// Heads of the image towers whose heads do not have 64 channels, by width and layers.
    ///
    /// No two published models share a width and a depth and differ in their heads.
    static func visionHeads(width: Int, layers: Int) -> Int? {
        switch (width, layers) {
        case (1280, 32), (1408, 40), (1664, 48): 16
        default: nil
        }
    }

    /// Any of OpenAI's own files.
    static let openAIArchive = KnownCLIP(name: "openai", activation: .quickGELU)

    /// All models of the table: OpenAI's nine, then OpenCLIP's.
    public static let all = openAI + quick + exact

    /// The digests stand in the addresses that OpenAI publishes its files at.
    private static let openAI = [
        ("RN50", "afeb0e10f9e5a86da6080e35cf09123aca3b358a0c3e3b6c78a7b63bc04b6762"),
        ("RN101", "8fa8567bab74a42d41c5915025a8e4538c3bdbe8804a470a72f30b0d94fab599"),
        ("RN50x4", "7e526bd135e493cef0776de27d5f42653e6b4c8bf9e0f653bb11773263205fdd"),
        ("RN50x16", "52378b407f34354e150460fe41077663dd5b39c54cd0bfd2b27167a4a06ec9aa"),
        ("RN50x64", "be1cfb55d75a9666199fb2206c106743da0f6468c9d327f3e0d0a543a9919d9c"),
        ("ViT-B-32", "40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af"),
        ("ViT-B-16", "5806e77cd80f8b59890b7e101eabd078d9fb84e6937f9e85e4ecb61988df416f"),
        ("ViT-L-14", "b8cca3fd41ae0c99ba7e8951adf17d267cdb84cd88be6f7c2e0eca1737a03836"),
        ("ViT-L-14-336", "3035c92b350959924f9f00213499208652fc7ea050643e8b385c2dac08641f02"),
    ].map { KnownCLIP(name: "\($0.0)-openai", activation: .quickGELU, sha256: $0.1) }

    private static let quick = [
        "RN50-yfcc15m", "RN50-cc12m", "RN101-yfcc15m", "ViT-B-32-laion400m_e31", "ViT-B-32-laion400m_e32",
        "ViT-B-32-metaclip_400m", "ViT-B-32-metaclip_fullcc", "ViT-B-16-metaclip_400m", "ViT-B-16-metaclip_fullcc",
        "ViT-L-14-metaclip_400m", "ViT-L-14-metaclip_fullcc", "ViT-H-14-metaclip_fullcc",
        "ViT-bigG-14-metaclip_fullcc", "ViT-B-16-dfn2b", "ViT-L-14-dfn2b", "ViT-H-14-dfn5b",
    ].map { KnownCLIP(name: $0, activation: .quickGELU) }

    private static let exact =
        [
            "ViT-B-32-laion2b_e16", "ViT-B-32-laion2b_s34b_b79k", "ViT-B-32-datacomp_xl_s13b_b90k",
            "ViT-B-16-laion400m_e31", "ViT-B-16-laion400m_e32", "ViT-B-16-laion2b_s34b_b88k",
            "ViT-B-16-datacomp_xl_s13b_b90k", "ViT-B-16-plus-240-laion400m_e31", "ViT-B-16-plus-240-laion400m_e32",
            "ViT-L-14-laion400m_e31", "ViT-L-14-laion400m_e32", "ViT-L-14-datacomp_xl_s13b_b90k",
            "ViT-L-14-dfn2b_s39b", "ViT-H-14-laion2b_s32b_b79k", "ViT-g-14-laion2b_s12b_b42k",
            "ViT-g-14-laion2b_s34b_b88k", "ViT-bigG-14-laion2b_s39b_b160k",
        ].map { KnownCLIP(name: $0, activation: .gelu) }
        + [
            // The one published model of this kind that was trained on pictures in [-1, 1].
            KnownCLIP(
                name: "ViT-L-14-laion2b_s32b_b82k", activation: .gelu, mean: [0.5, 0.5, 0.5],
                deviation: [0.5, 0.5, 0.5])
        ]

    private static func plain(_ name: String) -> String {
        String(name.lowercased().map { "/@_. ".contains($0) ? "-" : $0 })
    }
}
