public import Checkpoints

/// A checkpoint of any published CLIP layout, seen under OpenAI's names.
///
/// Read are OpenAI's own layout, OpenCLIP's two (with `module.` of its training checkpoints, and with the text tower
/// under `text.`) and Hugging Face's `CLIPModel`.
/// - Throws: `CheckpointError` where the tensors are of no such model.
public func openAIKeys(of checkpoint: any Checkpoint) throws(CheckpointError) -> any Checkpoint {
    func has(_ name: String) -> Bool { checkpoint.shape(of: name) != nil }
    if has("module.visual.conv1.weight") || has("module.visual.trunk.patch_embed.proj.weight") {
        return try openAIKeys(of: RemappedCheckpoint(checkpoint, [.rename("module.**", to: "**")]))
    }
    if let reason = strangeness(of: checkpoint) {
        throw CheckpointError(
            path: checkpoint.path, message: reason,
            hint: "use a CLIP with OpenAI's architecture (a ViT or ResNet, and its text transformer)")
    }
    if has("text.token_embedding.weight") { return RemappedCheckpoint(checkpoint, customTextKeys) }
    if has("visual.conv1.weight") { return checkpoint }
    if has("vision_model.embeddings.patch_embedding.weight") {
        return RemappedCheckpoint(checkpoint, huggingFaceKeys)
    }
    throw CheckpointError(
        path: checkpoint.path,
        message: "is not a CLIP: it has neither 'visual.conv1.weight' nor "
            + "'vision_model.embeddings.patch_embedding.weight'",
        hint: "it should hold both towers in OpenAI's, OpenCLIP's or Hugging Face's layout")
}

/// Why a model that looks like a CLIP is another network; nil where nothing speaks against it.
private func strangeness(of checkpoint: any Checkpoint) -> String? {
    let signs = [
        ("visual.trunk.", "has an image tower of the timm library"),
        ("visual.attn_pool.", "is a CoCa, whose image tower pools by attention"),
        ("text_decoder.", "is a CoCa, with a decoder of captions"),
        ("text.transformer.embeddings.", "has a text tower of the transformers library"),
        ("text.cls_emb", "is a CoCa, whose texts have a class token"), ("logit_bias", "is a SigLIP"),
        ("vision_model.head.", "is a SigLIP"),
    ]
    for (sign, reason) in signs {
        guard let name = checkpoint.names.first(where: { $0.hasPrefix(sign) }) else { continue }
        return "\(reason) ('\(name)')"
    }
    return nil
}

/// OpenCLIP's `CustomTextCLIP` to OpenAI.
private let customTextKeys: [KeyRule] = [
    .rename("visual.**", to: "visual.**"), .rename("logit_scale", to: "logit_scale"), .rename("text.**", to: "**"),
]

/// Hugging Face's `CLIPModel` to OpenAI; `position_ids` of older files is no weight and has no rule.
private let huggingFaceKeys: [KeyRule] =
    towerKeys(of: "vision_model.encoder.layers", to: "visual.transformer.resblocks")
    + towerKeys(of: "text_model.encoder.layers", to: "transformer.resblocks") + [
        .rename("vision_model.embeddings.class_embedding", to: "visual.class_embedding"),
        .rename("vision_model.embeddings.patch_embedding.weight", to: "visual.conv1.weight"),
        .rename("vision_model.embeddings.position_embedding.weight", to: "visual.positional_embedding"),
        // The library misspells this name; it is what the files hold.
        .rename("vision_model.pre_layrnorm.*", to: "visual.ln_pre.*"),
        .rename("vision_model.post_layernorm.*", to: "visual.ln_post.*"),
        .transpose("visual_projection.weight", to: "visual.proj"),
        .rename("text_model.embeddings.token_embedding.weight", to: "token_embedding.weight"),
        .rename("text_model.embeddings.position_embedding.weight", to: "positional_embedding"),
        .rename("text_model.final_layer_norm.*", to: "ln_final.*"),
        .transpose("text_projection.weight", to: "text_projection"),
        .rename("logit_scale", to: "logit_scale"),
    ]

private func towerKeys(of source: String, to target: String) -> [KeyRule] {
    let packed = ["weight", "bias"].map { kind in
        KeyRule.stack(
            ["q", "k", "v"].map { "\(source).*.self_attn.\($0)_proj.\(kind)" }, to: "\(target).*.attn.in_proj_\(kind)")
    }
    return packed + [
        .rename("\(source).*.self_attn.out_proj.*", to: "\(target).*.attn.out_proj.*"),
        .rename("\(source).*.layer_norm1.*", to: "\(target).*.ln_1.*"),
        .rename("\(source).*.layer_norm2.*", to: "\(target).*.ln_2.*"),
        .rename("\(source).*.mlp.fc1.*", to: "\(target).*.mlp.c_fc.*"),
        .rename("\(source).*.mlp.fc2.*", to: "\(target).*.mlp.c_proj.*"),
    ]
}
