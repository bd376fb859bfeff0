extension Catalogue {
    static let clips: [PublishedModel] = openAI + openCLIP

    /// OpenAI's nine; their addresses hold the SHA-256 of the file, which OpenAI's own loader compares.
    private static let openAI: [PublishedModel] = [
        openAI(
            "ViT-B-32", "40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af", 338,
            "ViT-B/32, 224 px, 151 M parameters", "the usual judge: fast, sees composition and style"),
        openAI(
            "ViT-B-16", "5806e77cd80f8b59890b7e101eabd078d9fb84e6937f9e85e4ecb61988df416f", 335,
            "ViT-B/16, 224 px, 150 M parameters", "finer detail than ViT-B-32 at about three times the work"),
        openAI(
            "ViT-L-14", "b8cca3fd41ae0c99ba7e8951adf17d267cdb84cd88be6f7c2e0eca1737a03836", 890,
            "ViT-L/14, 224 px, 428 M parameters", "understands prompts better; slow on processors"),
        openAI(
            "ViT-L-14-336px", "3035c92b350959924f9f00213499208652fc7ea050643e8b385c2dac08641f02", 891,
            "ViT-L/14, 336 px, 428 M parameters", "the sharpest of OpenAI's; as a held-out judge of final pictures"),
        openAI(
            "RN50", "afeb0e10f9e5a86da6080e35cf09123aca3b358a0c3e3b6c78a7b63bc04b6762", 244,
            "ResNet-50, 224 px, 102 M parameters", "small; textures and painterly strokes"),
        openAI(
            "RN101", "8fa8567bab74a42d41c5915025a8e4538c3bdbe8804a470a72f30b0d94fab599", 278,
            "ResNet-101, 224 px, 120 M parameters", "a second opinion beside a ViT"),
        openAI(
            "RN50x4", "7e526bd135e493cef0776de27d5f42653e6b4c8bf9e0f653bb11773263205fdd", 402,
            "ResNet-50×4, 288 px, 178 M parameters", "textures at a higher resolution"),
        openAI(
            "RN50x16", "52378b407f34354e150460fe41077663dd5b39c54cd0bfd2b27167a4a06ec9aa", 630,
            "ResNet-50×16, 384 px, 291 M parameters", "fine textures; slow on processors"),
        openAI(
            "RN50x64", "be1cfb55d75a9666199fb2206c106743da0f6468c9d327f3e0d0a543a9919d9c", 1260,
            "ResNet-50×64, 448 px, 623 M parameters", "the largest ResNet; very slow on processors"),
    ]

    private static func openAI(
        _ name: String, _ sha256: String, _ megabytes: Int, _ architecture: String, _ goodAt: String
    ) -> PublishedModel {
        PublishedModel(
            name: "openai-\(name)", kind: .clip, architecture: "CLIP \(architecture)", megabytes: megabytes,
            licence: "MIT", goodAt: goodAt,
            files: [
                .init(
                    role: .weights, url: "https://openaipublic.azureedge.net/clip/models/\(sha256)/\(name).pt",
                    sha256: sha256)
            ], activation: .quickGELU)
    }

    /// LAION's, under the names of the OpenCLIP project, by which their nonlinearity is known.
    ///
    /// Files on the releases page carry the first digits of their SHA-256 in their names, and no more is stated; those
    /// on the hub state none in their addresses.
    private static let openCLIP: [PublishedModel] = [
        release(
            "ViT-B-32-laion400m_e32", "vit_b_32-quickgelu-laion400m_e32-46683a32.pt", "46683a32", 605,
            "CLIP ViT-B/32, 224 px, 151 M parameters", .quickGELU, "as OpenAI's, trained on open data"),
        release(
            "ViT-B-16-laion400m_e32", "vit_b_16-laion400m_e32-55e67d44.pt", "55e67d44", 599,
            "CLIP ViT-B/16, 224 px, 150 M parameters", .gelu, "finer detail, trained on open data"),
        release(
            "ViT-B-16-plus-240-laion400m_e32", "vit_b_16_plus_240-laion400m_e32-699c4b84.pt", "699c4b84", 833,
            "CLIP ViT-B/16+, 240 px, 208 M parameters", .gelu, "between B and L"),
        release(
            "ViT-L-14-laion400m_e32", "vit_l_14-laion400m_e32-3d133497.pt", "3d133497", 1710,
            "CLIP ViT-L/14, 224 px, 428 M parameters", .gelu, "a large judge trained on open data"),
        hub(
            "ViT-B-32-laion2b_s34b_b79k", "laion/CLIP-ViT-B-32-laion2B-s34B-b79K", 605,
            "CLIP ViT-B/32, 224 px, 151 M parameters", "better at rare subjects than OpenAI's B/32"),
        hub(
            "ViT-B-16-laion2b_s34b_b88k", "laion/CLIP-ViT-B-16-laion2B-s34B-b88K", 599,
            "CLIP ViT-B/16, 224 px, 150 M parameters", "better at rare subjects than OpenAI's B/16"),
        hub(
            "ViT-B-32-datacomp_xl_s13b_b90k", "laion/CLIP-ViT-B-32-DataComp.XL-s13B-b90K", 605,
            "CLIP ViT-B/32, 224 px, 151 M parameters", "the most accurate B/32; a good held-out judge"),
        hub(
            "ViT-H-14-laion2b_s32b_b79k", "laion/CLIP-ViT-H-14-laion2B-s32B-b79K", 3944,
            "CLIP ViT-H/14, 224 px, 986 M parameters", "very good at prompts; needs much memory and time"),
    ]

    private static func release(
        _ name: String, _ file: String, _ prefix: String, _ megabytes: Int, _ architecture: String,
        _ activation: InstalledModel.Activation, _ goodAt: String
    ) -> PublishedModel {
        PublishedModel(
            name: name, kind: .clip, architecture: architecture, megabytes: megabytes, licence: "MIT",
            goodAt: goodAt,
            files: [
                .init(
                    role: .weights,
                    url: "https://github.com/mlfoundations/open_clip/releases/download/v0.2-weights/\(file)",
                    sha256Prefix: prefix)
            ], activation: activation)
    }

    private static func hub(
        _ name: String, _ repository: String, _ megabytes: Int, _ architecture: String, _ goodAt: String
    ) -> PublishedModel {
        let root = "https://huggingface.co/\(repository)/resolve/main"
        return PublishedModel(
            name: name, kind: .clip, architecture: architecture, megabytes: megabytes, licence: "MIT",
            goodAt: goodAt,
            files: [
                .init(role: .weights, url: "\(root)/open_clip_pytorch_model.bin"),
                .init(role: .configuration, url: "\(root)/open_clip_config.json"),
            ], activation: .gelu)
    }
}
