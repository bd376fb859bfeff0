import TensorCore

/// One head of one sample inside packed rows `[q | k | v]`.
struct Head {
    let query: UnsafePointer<Float>
    let key: UnsafePointer<Float>
    let value: UnsafePointer<Float>
    /// Elements from one token to the next.
    let stride: Int

    init(_ packed: UnsafePointer<Float>, sample: Int, head: Int, _ extents: AttentionExtents) {
        stride = 3 * extents.channels
        query = packed + (sample * extents.tokens * stride + head * extents.width)
        key = query + extents.channels
        value = key + extents.channels
    }
}

struct AttentionExtents {
    let samples: Int
    let tokens: Int
    let channels: Int
    let heads: Int
    let causal: Bool

    init(_ packed: Shape, heads: Int, causal: Bool) {
        samples = packed[0]
        tokens = packed[1]
        channels = packed[2] / 3
        self.heads = heads
        self.causal = causal
    }

    /// Channels of one head.
    var width: Int { channels / heads }
    /// Floats from one row of probabilities to the next: whole vectors.
    var pitch: Int { (tokens + 7) / 8 * 8 }
    var scale: Float { 1 / Float(width).squareRoot() }
    /// Query rows of one chunk: all of a head, if that is short and there are enough heads to share out.
    var rows: Int {
        let isShort = tokens <= Limits.attentionSequence && samples * heads >= Limits.attentionHeads
        return isShort ? tokens : min(tokens, Limits.attentionRows)
    }
    var blocks: Int { (tokens + rows - 1) / rows }
    /// Whether the probabilities of one head are too many to be kept for its keys.
    var isLong: Bool { tokens * pitch > Limits.attentionSquare }
}

extension CPUBackend {
    /// `softmax(q·kᵀ / √d) · v`, every head of every sample, in blocks of query rows.
    func attend(_ x: Input, heads: Int, causal: Bool, into y: UnsafeMutablePointer<Float>) {
        let extents = AttentionExtents(x.shape, heads: heads, causal: causal)
        let chunks = extents.samples * heads * extents.blocks
        withScratch(extents.rows * extents.pitch, chunks: chunks) { scratch in
            pool.run(chunks: chunks) { chunk, lane in
                let (pair, first) = (chunk / extents.blocks, chunk % extents.blocks &* extents.rows)
                let (sample, index) = (pair / heads, pair % heads)
                let head = Head(x.pointer, sample: sample, head: index, extents)
                let rows = min(extents.rows, extents.tokens &- first)
                attentionProbabilities(head, extents, first: first, rows: rows, into: scratch[lane])
                let corner = y + ((sample &* extents.tokens &+ first) &* extents.channels &+ index &* extents.width)
                Kernels.multiply(
                    Matrix(scratch[lane], stride: extents.pitch), Matrix(head.value, stride: head.stride), m: rows,
                    n: extents.width, k: extents.tokens, into: corner, stride: extents.channels)
            }
        }
    }

    /// `dq`, `dk` and `dv` beside each other.
    ///
    /// With `P` the probabilities and `G = dy·vᵀ`: `dv = Pᵀ·dy`, `S = P ⊙ (G - Σ P⊙G)`, `dq = S·k/√d`, `dk = Sᵀ·q/√d`.
    /// A longer sequence keeps `P` and `S` of one head and has its key rows computed after all query rows, so that no
    /// sum is split; a long one keeps three numbers a row and computes `P` and `S` again for the keys.
    func attendBackward(
        _ x: Input, _ cotangent: Input, heads: Int, causal: Bool, into dx: UnsafeMutablePointer<Float>
    ) {
        let extents = AttentionExtents(x.shape, heads: heads, causal: causal)
        let square = extents.tokens * extents.pitch
        let pairs = extents.samples * heads
        let packed = x.pointer
        if extents.blocks == 1 {
            withScratch(2 * square, chunks: pairs) { scratch in
                pool.run(chunks: pairs) { pair, lane in
                    let call = AttentionGradient(
                        extents, pair, packed, cotangent.pointer, dx, probabilities: scratch[lane],
                        scores: scratch[lane] + square)
                    call.queryRows(0, extents.tokens)
                    call.keyRows(0, extents.tokens)
                }
            }
            return
        }
        if extents.isLong { return attendBackwardLong(extents, packed, cotangent.pointer, into: dx) }
        withScratch(2 * square, chunks: 1) { scratch in
            for pair in 0..<pairs {
                let call = AttentionGradient(
                    extents, pair, packed, cotangent.pointer, dx, probabilities: scratch[0],
                    scores: scratch[0] + square)
                forEachChunk(of: extents.tokens, size: extents.rows) { first, count, _ in
                    call.queryRows(first, count)
                }
                forEachChunk(of: extents.tokens, size: extents.rows) { first, count, _ in
                    call.keyRows(first, count)
                }
            }
        }
    }
}

/// Rows `first ..< first + rows` of the probabilities of one head, `pitch` apart.
private func attentionProbabilities(
    _ head: Head, _ extents: AttentionExtents, first: Int, rows: Int, into target: UnsafeMutablePointer<Float>
) {
    let (tokens, pitch) = (extents.tokens, extents.pitch)
    Kernels.multiply(
        Matrix(head.query, stride: head.stride).from(row: first),
        Matrix(head.key, stride: head.stride, transposed: true),
        m: rows, n: tokens, k: extents.width, scale: extents.scale, into: target, stride: pitch)
    for row in 0..<rows {
        let visible = extents.causal ? first &+ row &+ 1 : tokens
        Kernels.softmaxRow(target + row &* pitch, count: visible, pitch: pitch)
    }
}

/// The gradient of one head under way.
private struct AttentionGradient {
    let extents: AttentionExtents
    let head: Head
    let dy: UnsafePointer<Float>
    let dq: UnsafeMutablePointer<Float>
    let probabilities: UnsafeMutablePointer<Float>
    let scores: UnsafeMutablePointer<Float>

    init(
        _ extents: AttentionExtents, _ pair: Int, _ x: UnsafePointer<Float>, _ cotangent: UnsafePointer<Float>,
        _ dx: UnsafeMutablePointer<Float>, probabilities: UnsafeMutablePointer<Float>,
        scores: UnsafeMutablePointer<Float>
    ) {
        let (sample, index) = (pair / extents.heads, pair % extents.heads)
        self.extents = extents
        head = Head(x, sample: sample, head: index, extents)
        dy = cotangent + (sample * extents.tokens * extents.channels + index * extents.width)
        dq = dx + (sample * extents.tokens * head.stride + index * extents.width)
        self.probabilities = probabilities
        self.scores = scores
    }

    /// `P`, `S` and `dq` of some query rows.
    func queryRows(_ first: Int, _ count: Int) {
        let (tokens, pitch, width, stride) = (extents.tokens, extents.pitch, extents.width, head.stride)
        let (p, s) = (probabilities + first &* pitch, scores + first &* pitch)
        attentionProbabilities(head, extents, first: first, rows: count, into: p)
        Kernels.multiply(
            Matrix(dy, stride: extents.channels).from(row: first), Matrix(head.value, stride: stride, transposed: true),
            m: count, n: tokens, k: width, into: s, stride: pitch)
        for row in 0..<count {
            Kernels.softmaxGradientRow(p + row &* pitch, s + row &* pitch, count: tokens, pitch: pitch)
        }
        Kernels.multiply(
            Matrix(s, stride: pitch), Matrix(head.key, stride: stride), m: count, n: width, k: tokens,
            scale: extents.scale, into: dq + first &* stride, stride: stride)
    }

    /// `dk` and `dv` of some key rows, from all query rows.
    func keyRows(_ first: Int, _ count: Int) {
        let (tokens, pitch, width, stride) = (extents.tokens, extents.pitch, extents.width, head.stride)
        let dk = dq + (first &* stride &+ extents.channels)
        Kernels.multiply(
            Matrix(scores, stride: pitch, transposed: true).from(row: first), Matrix(head.query, stride: stride),
            m: count, n: width, k: tokens, scale: extents.scale, into: dk, stride: stride)
        Kernels.multiply(
            Matrix(probabilities, stride: pitch, transposed: true).from(row: first),
            Matrix(dy, stride: extents.channels), m: count, n: width, k: tokens, into: dk + extents.channels,
            stride: stride)
    }
}
