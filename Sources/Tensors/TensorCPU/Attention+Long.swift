import TensorCore

extension CPUBackend {
    /// The gradient for a sequence whose probabilities are too many to be kept (after Dao and others,
    /// "FlashAttention", 2022).
    ///
    /// Blocks of queries compute their rows of `P` and `S`, use them for `dq` and leave largest score, reciprocal sum
    /// and `Σ P⊙G` of every row. Then every block of keys goes through the blocks of queries in order, computes its part
    /// of `P` and `S` from these, and adds to its `dk` and `dv`: memory is linear in the sequence.
    func attendBackwardLong(
        _ extents: AttentionExtents, _ packed: UnsafePointer<Float>, _ cotangent: UnsafePointer<Float>,
        into dx: UnsafeMutablePointer<Float>
    ) {
        let (tokens, block) = (extents.tokens, Limits.attentionBlock)
        let rows = allocate(3 * tokens)
        withExtendedLifetime(rows) {
            for pair in 0..<extents.samples * extents.heads {
                let call = LongAttentionGradient(extents, pair, packed, cotangent, dx, rows: rows.pointer)
                withScratch(2 * extents.rows * extents.pitch, chunks: extents.blocks) { scratch in
                    forEachChunk(of: tokens, size: extents.rows) { first, count, lane in
                        call.queryRows(first, count, scratch[lane])
                    }
                }
                withScratch(2 * block * block, chunks: (tokens + block - 1) / block) { scratch in
                    forEachChunk(of: tokens, size: block) { first, count, lane in
                        call.keyRows(first, count, scratch[lane])
                    }
                }
            }
        }
    }
}

/// The gradient of one head of a long sequence under way.
private struct LongAttentionGradient {
    let extents: AttentionExtents
    let head: Head
    let dy: UnsafePointer<Float>
    let dq: UnsafeMutablePointer<Float>
    /// Largest score, reciprocal sum of exponentials and `Σ P⊙G`, each for every query.
    let rows: UnsafeMutablePointer<Float>

    init(
        _ extents: AttentionExtents, _ pair: Int, _ x: UnsafePointer<Float>, _ cotangent: UnsafePointer<Float>,
        _ dx: UnsafeMutablePointer<Float>, rows: UnsafeMutablePointer<Float>
    ) {
        let (sample, index) = (pair / extents.heads, pair % extents.heads)
        self.extents = extents
        self.rows = rows
        head = Head(x, sample: sample, head: index, extents)
        dy = cotangent + (sample * extents.tokens * extents.channels + index * extents.width)
        dq = dx + (sample * extents.tokens * head.stride + index * extents.width)
    }

    /// `dq` of some queries, and what their rows of `P` and `S` can be computed from again.
    func queryRows(_ first: Int, _ count: Int, _ scratch: UnsafeMutablePointer<Float>) {
        let (tokens, pitch, width, stride) = (extents.tokens, extents.pitch, extents.width, head.stride)
        let (p, s) = (scratch, scratch + count &* pitch)
        scores(ofQueries: first, count, keys: 0, tokens, into: p, stride: pitch)
        products(ofQueries: first, count, keys: 0, tokens, into: s, stride: pitch)
        for row in 0..<count {
            let (line, slope, query) = (p + row &* pitch, s + row &* pitch, first &+ row)
            let visible = extents.causal ? query &+ 1 : tokens
            let (largest, scale) = Kernels.softmaxRow(line, count: visible, pitch: pitch)
            rows[query] = largest
            rows[tokens &+ query] = scale
            rows[2 &* tokens &+ query] = Kernels.softmaxGradientRow(line, slope, count: tokens, pitch: pitch)
        }
        Kernels.multiply(
            Matrix(s, stride: pitch), Matrix(head.key, stride: stride), m: count, n: width, k: tokens,
            scale: extents.scale, into: dq + first &* stride, stride: stride)
    }

    /// `dk` and `dv` of some keys, summed over the blocks of queries in their order.
    func keyRows(_ first: Int, _ count: Int, _ scratch: UnsafeMutablePointer<Float>) {
        let (tokens, width, stride, block) = (extents.tokens, extents.width, head.stride, Limits.attentionBlock)
        let (p, s) = (scratch, scratch + block &* block)
        let dk = dq + (first &* stride &+ extents.channels)
        // Under a causal mask queries before the keys see none of them.
        let start = extents.causal ? first / block &* block : 0
        for query in Swift.stride(from: start, to: tokens, by: block) {
            let queries = min(block, tokens &- query)
            scores(ofQueries: query, queries, keys: first, count, into: p, stride: block)
            products(ofQueries: query, queries, keys: first, count, into: s, stride: block)
            for row in 0..<queries {
                let (line, slope, place) = (p + row &* block, s + row &* block, query &+ row)
                let (largest, scale) = (Vector(repeating: rows[place]), Vector(repeating: rows[tokens &+ place]))
                let inner = Vector(repeating: rows[2 &* tokens &+ place])
                for i in Swift.stride(from: 0, to: count, by: 8) {
                    let value = Kernels.exp(line.vector(i) - largest) * scale
                    line.store(value, at: i)
                    slope.store(value * (slope.vector(i) - inner), at: i)
                }
                guard extents.causal else { continue }
                let visible = max(0, min(count, place &+ 1 &- first))
                (line + visible).update(repeating: 0, count: count &- visible)
                (slope + visible).update(repeating: 0, count: count &- visible)
            }
            let keep: Float = query == start ? 0 : 1
            Kernels.multiply(
                Matrix(s, stride: block, transposed: true), Matrix(head.query, stride: stride).from(row: query),
                m: count, n: width, k: queries, scale: extents.scale, keep: keep, into: dk, stride: stride)
            Kernels.multiply(
                Matrix(p, stride: block, transposed: true), Matrix(dy, stride: extents.channels).from(row: query),
                m: count, n: width, k: queries, keep: keep, into: dk + extents.channels, stride: stride)
        }
    }

    /// `q·kᵀ / √d`.
    private func scores(
        ofQueries query: Int, _ queries: Int, keys key: Int, _ keys: Int, into target: UnsafeMutablePointer<Float>,
        stride: Int
    ) {
        Kernels.multiply(
            Matrix(head.query, stride: head.stride).from(row: query),
            Matrix(head.key, stride: head.stride, transposed: true).from(column: key), m: queries, n: keys,
            k: extents.width, scale: extents.scale, into: target, stride: stride)
    }

    /// `dy·vᵀ`.
    private func products(
        ofQueries query: Int, _ queries: Int, keys key: Int, _ keys: Int, into target: UnsafeMutablePointer<Float>,
        stride: Int
    ) {
        Kernels.multiply(
            Matrix(dy, stride: extents.channels).from(row: query),
            Matrix(head.value, stride: head.stride, transposed: true).from(column: key), m: queries, n: keys,
            k: extents.width, into: target, stride: stride)
    }
}
