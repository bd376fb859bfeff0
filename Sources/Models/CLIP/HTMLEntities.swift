/// Replaces HTML character references by what they stand for.
///
/// Numeric references follow HTML 5. Of the named ones, the set of HTML 4 and `&apos;` is known; as in HTML 5, those of
/// Latin-1 need no semicolon.
enum HTMLEntities {
    static func unescape(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "&")) else { return text }
        var result = ""
        var rest = text[...]
        while let start = rest.firstIndex(of: "&") {
            result += rest[..<start]
            rest = rest[rest.index(after: start)...]
            if let (character, length) = numeric(rest) ?? named(rest) {
                result += character
                rest = rest.dropFirst(length)
            } else {
                result += "&"
            }
        }
        return result + rest
    }

    /// The meaning of a C1 control in text that was Windows-1252; nil where it has none.
    static func windows1252(_ value: UInt32) -> Unicode.Scalar? {
        guard (0x80...0x9F).contains(value) else { return nil }
        let scalar = windows[Int(value) - 0x80]
        return scalar == "\u{0}" ? nil : scalar
    }

    private static let windows = Array(
        ("\u{20AC}\u{0}\u{201A}\u{192}\u{201E}\u{2026}\u{2020}\u{2021}\u{2C6}\u{2030}\u{160}\u{2039}\u{152}\u{0}\u{17D}"
            + "\u{0}\u{0}\u{2018}\u{2019}\u{201C}\u{201D}\u{2022}\u{2013}\u{2014}\u{2DC}\u{2122}\u{161}\u{203A}\u{153}"
            + "\u{0}\u{17E}\u{178}").unicodeScalars)

    /// `#123;` or `#x1F;`, the semicolon on demand; the length counts characters after the ampersand.
    private static func numeric(_ text: Substring) -> (String, Int)? {
        guard text.first == "#" else { return nil }
        var digits = text.dropFirst()
        let isHexadecimal = digits.first == "x" || digits.first == "X"
        if isHexadecimal { digits = digits.dropFirst() }
        let number = digits.prefix { isHexadecimal ? $0.isASCII && $0.isHexDigit : $0.isASCII && $0.isNumber }
        guard !number.isEmpty else { return nil }
        let end = number.endIndex
        let hasSemicolon = end < text.endIndex && text[end] == ";"
        let length = text.distance(from: text.startIndex, to: end) + (hasSemicolon ? 1 : 0)
        // A number too long for the type is no character either.
        let value = UInt32(number, radix: isHexadecimal ? 16 : 10) ?? .max
        if let scalar = windows1252(value) { return (String(scalar), length) }
        switch value {
        case 0, 0xD800...0xDFFF, 0x11_0000...: return ("\u{FFFD}", length)
        case 1...8, 0xB, 0xE...0x1F, 0x7F, 0xFDD0...0xFDEF: return ("", length)
        case _ where value & 0xFFFE == 0xFFFE: return ("", length)
        default: return (Unicode.Scalar(value).map(String.init) ?? "\u{FFFD}", length)
        }
    }

    private static func named(_ text: Substring) -> (String, Int)? {
        let name = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber) }
        if let scalar = names[String(name)], text[name.endIndex...].first == ";" {
            return (String(scalar), name.count + 1)
        }
        // Without a semicolon the longest beginning that is a name of Latin-1 counts.
        for length in stride(from: min(name.count, 6), through: 2, by: -1) {
            if let scalar = names[String(name.prefix(length))], scalar.value <= 0xFF, scalar != "'" {
                return (String(scalar), length)
            }
        }
        return nil
    }

    /// Names of U+00A0 to U+00FF in order.
    private static let latin1 = """
        nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute \
        micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig \
        Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times \
        Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave \
        eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave \
        uacute ucirc uuml yacute thorn yuml
        """

    /// The other names of HTML 4, with their code points in hexadecimal.
    private static let others = """
        amp 26 AMP 26 lt 3C LT 3C gt 3E GT 3E quot 22 QUOT 22 apos 27 OElig 152 oelig 153 Scaron 160 scaron 161 \
        Yuml 178 fnof 192 circ 2C6 tilde 2DC Alpha 391 Beta 392 Gamma 393 Delta 394 Epsilon 395 Zeta 396 Eta 397 \
        Theta 398 Iota 399 Kappa 39A Lambda 39B Mu 39C Nu 39D Xi 39E Omicron 39F Pi 3A0 Rho 3A1 Sigma 3A3 Tau 3A4 \
        Upsilon 3A5 Phi 3A6 Chi 3A7 Psi 3A8 Omega 3A9 alpha 3B1 beta 3B2 gamma 3B3 delta 3B4 epsilon 3B5 zeta 3B6 \
        eta 3B7 theta 3B8 iota 3B9 kappa 3BA lambda 3BB mu 3BC nu 3BD xi 3BE omicron 3BF pi 3C0 rho 3C1 sigmaf 3C2 \
        sigma 3C3 tau 3C4 upsilon 3C5 phi 3C6 chi 3C7 psi 3C8 omega 3C9 thetasym 3D1 upsih 3D2 piv 3D6 ensp 2002 \
        emsp 2003 thinsp 2009 zwnj 200C zwj 200D lrm 200E rlm 200F ndash 2013 mdash 2014 lsquo 2018 rsquo 2019 \
        sbquo 201A ldquo 201C rdquo 201D bdquo 201E dagger 2020 Dagger 2021 bull 2022 hellip 2026 permil 2030 \
        prime 2032 Prime 2033 lsaquo 2039 rsaquo 203A oline 203E frasl 2044 euro 20AC image 2111 weierp 2118 real 211C \
        trade 2122 alefsym 2135 larr 2190 uarr 2191 rarr 2192 darr 2193 harr 2194 crarr 21B5 lArr 21D0 uArr 21D1 \
        rArr 21D2 dArr 21D3 hArr 21D4 forall 2200 part 2202 exist 2203 empty 2205 nabla 2207 isin 2208 notin 2209 \
        ni 220B prod 220F sum 2211 minus 2212 lowast 2217 radic 221A prop 221D infin 221E ang 2220 and 2227 or 2228 \
        cap 2229 cup 222A int 222B there4 2234 sim 223C cong 2245 asymp 2248 ne 2260 equiv 2261 le 2264 ge 2265 \
        sub 2282 sup 2283 nsub 2284 sube 2286 supe 2287 oplus 2295 otimes 2297 perp 22A5 sdot 22C5 lceil 2308 \
        rceil 2309 lfloor 230A rfloor 230B lang 27E8 rang 27E9 loz 25CA spades 2660 clubs 2663 hearts 2665 diams 2666
        """

    private static let names: [String: Unicode.Scalar] = {
        var result: [String: Unicode.Scalar] = [:]
        for (offset, name) in latin1.split(separator: " ").enumerated() {
            result[String(name)] = Unicode.Scalar(UInt32(0xA0 + offset))
        }
        let words = others.split(separator: " ")
        for index in stride(from: 0, to: words.count - 1, by: 2) {
            result[String(words[index])] = UInt32(words[index + 1], radix: 16).flatMap(Unicode.Scalar.init)
        }
        return result
    }()
}
