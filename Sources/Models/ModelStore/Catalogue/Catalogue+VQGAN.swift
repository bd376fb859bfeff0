extension Catalogue {
    /// The painters; none of their publishers states a SHA-256.
    static let vqgans: [PublishedModel] = [
        taming(
            "vqgan-imagenet-f16-16384", "a7530b09fed84f80a887", "last.ckpt", 980,
            "VQGAN f16, 16384 codes of 256", "the usual painter: photographs, paintings, nearly everything"),
        taming(
            "vqgan-imagenet-f16-1024", "8088892a516d4e3baf92", "last.ckpt", 958,
            "VQGAN f16, 1024 codes of 256", "coarser brush strokes than the large codebook"),
        taming(
            "vqgan-gumbel-f8", "2e5662443a6b4307b470", "last.ckpt", 376, "GumbelVQ f8, 8192 codes of 256",
            "fine detail at four times the latent positions; trained on Open Images"),
        PublishedModel(
            name: "vqgan-sflckr", kind: .vqgan, architecture: "Net2Net with VQGAN f16, 1024 codes of 256",
            megabytes: 4000, licence: "not stated (code: MIT)", goodAt: "landscapes",
            files: [
                .init(
                    role: .weights,
                    url:
                        "https://heibox.uni-heidelberg.de/d/73487ab6e5314cb5adba/files/?p=%2Fcheckpoints%2Flast.ckpt&dl=1"
                ),
                .init(
                    role: .configuration,
                    url:
                        "https://heibox.uni-heidelberg.de/d/73487ab6e5314cb5adba/files/?p=%2Fconfigs%2F2020-11-09T13-31-51-project.yaml&dl=1"
                ),
            ]),
        PublishedModel(
            name: "vqgan-faceshq", kind: .vqgan, architecture: "Net2Net with VQGAN f16, 1024 codes of 256",
            megabytes: nil, licence: "not stated (code: MIT)", goodAt: "faces",
            files: [
                .init(
                    role: .weights,
                    url:
                        "https://app.koofr.net/content/links/a04deec9-0c59-4673-8b37-3d696fe63a5d/files/get/last.ckpt?path=%2F2020-11-13T21-41-45_faceshq_transformer%2Fcheckpoints%2Flast.ckpt"
                ),
                .init(
                    role: .configuration,
                    url: "https://drive.google.com/uc?export=download&id=1fHwGx_hnBtC8nsq7hesJvs-Klv-P0gzT"),
            ]),
        mirrored(
            "vqgan-coco", "https://dl.nmkd.de/ai/clip/coco/coco", 8400, "Net2Net with VQGAN f16, 8192 codes of 256",
            "everyday scenes"),
        mirrored(
            "vqgan-wikiart-f16-1024", "http://mirror.io.community/blob/vqgan/wikiart", 913,
            "VQGAN f16, 1024 codes of 256", "paintings"),
        mirrored(
            "vqgan-wikiart-f16-16384", "http://mirror.io.community/blob/vqgan/wikiart_16384", 1000,
            "VQGAN f16, 16384 codes of 256", "paintings, with a large codebook"),
        latentDiffusion("vq-f4", "VQGAN f4, 8192 codes of 3", "sharp small structures; a large latent"),
        latentDiffusion("vq-f8", "VQGAN f8, 16384 codes of 4", "between f4 and f16"),
        latentDiffusion("vq-f8-n256", "VQGAN f8, 256 codes of 4", "a tiny codebook: poster-like"),
        latentDiffusion("vq-f16", "VQGAN f16, 16384 codes of 8", "small latents, fast"),
    ]

    private static func taming(
        _ name: String, _ library: String, _ file: String, _ megabytes: Int, _ architecture: String, _ goodAt: String
    ) -> PublishedModel {
        let root = "https://heibox.uni-heidelberg.de/d/\(library)/files/?p="
        return PublishedModel(
            name: name, kind: .vqgan, architecture: architecture, megabytes: megabytes,
            licence: "not stated (code: MIT)", goodAt: goodAt,
            files: [
                .init(role: .weights, url: "\(root)%2Fckpts%2F\(file)&dl=1"),
                .init(role: .configuration, url: "\(root)%2Fconfigs%2Fmodel.yaml&dl=1"),
            ])
    }

    private static func mirrored(
        _ name: String, _ stem: String, _ megabytes: Int, _ architecture: String, _ goodAt: String
    ) -> PublishedModel {
        PublishedModel(
            name: name, kind: .vqgan, architecture: architecture, megabytes: megabytes, licence: "not stated",
            goodAt: goodAt,
            files: [
                .init(role: .weights, url: "\(stem).ckpt"), .init(role: .configuration, url: "\(stem).yaml"),
            ])
    }

    /// Published inside zip files, which `pull` does not unpack.
    private static func latentDiffusion(_ name: String, _ architecture: String, _ goodAt: String) -> PublishedModel {
        PublishedModel(
            name: "ldm-\(name)", kind: .vqgan, architecture: architecture, megabytes: nil,
            licence: "not stated (code: MIT)", goodAt: goodAt, files: [],
            byHand: "fetch https://ommer-lab.com/files/latent-diffusion/\(name).zip, unpack it, and run "
                + "atelier models add model.ckpt --as ldm-\(name)")
    }
}
