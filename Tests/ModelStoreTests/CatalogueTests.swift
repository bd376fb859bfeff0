import Foundation
import ModelStore
import Testing

/// The published models: what is stated about them is well-formed.
struct CatalogueTests {
    @Test("Names are names and differ; addresses are addresses; digests are digests")
    func entries() {
        #expect(Set(Catalogue.models.map { $0.name.lowercased() }).count == Catalogue.models.count)
        for model in Catalogue.models {
            #expect(InstalledModel.isName(model.name), "\(model.name)")
            #expect(model.files.isEmpty == (model.byHand != nil), "\(model.name)")
            #expect((model.kind == .clip) == (model.activation != nil), "\(model.name)")
            for file in model.files {
                #expect(URL(string: file.url)?.host() != nil, "\(file.url)")
                if let sha256 = file.sha256 { #expect(InstalledModel.isDigest(sha256) && file.url.contains(sha256)) }
                if let prefix = file.sha256Prefix { #expect(file.url.contains(prefix)) }
            }
        }
    }

    @Test("All nine of OpenAI's CLIPs are pinned, with the activation they were trained with")
    func openAI() {
        let models = Catalogue.models.filter { $0.name.hasPrefix("openai-") }
        #expect(models.count == 9)
        for model in models { #expect(model.isPinned && model.activation == .quickGELU && model.licence == "MIT") }
        #expect(Catalogue.model(named: "OPENAI-vit-b-32")?.name == "openai-ViT-B-32")
        #expect(Catalogue.model(named: "vqgan-imagenet-f16-16384")?.isPinned == false)
    }
}
