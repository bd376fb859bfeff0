/// The byte-level alphabet of GPT-2's and CLIP's vocabularies.
///
/// Vocabulary files hold text, so every byte has a printable character: 33–126, 161–172 and 174–255 stand for
/// themselves, the other 68 are U+0100 and on. The printable ones come first in the numbering.
enum ByteAlphabet {
    private static let printable = Array(33...126) + Array(161...172) + Array(174...255)

    /// Characters of the first 256 tokens.
    static let characters: [Unicode.Scalar] =
        printable.compactMap { Unicode.Scalar(UInt32($0)) } + (0..<68).compactMap { Unicode.Scalar(UInt32(256 + $0)) }

    /// Token number of every byte.
    static let tokenOfByte: [Int] = {
        let others = (0..<256).filter { !printable.contains($0) }
        var tokens = [Int](repeating: 0, count: 256)
        for (token, byte) in (printable + others).enumerated() { tokens[byte] = token }
        return tokens
    }()
}
