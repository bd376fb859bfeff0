/// The drawings of the printable ASCII characters.
///
/// Every character is nine digits in base 32, one per row from the top of the capitals to the end of the descenders.
/// A digit is five pixels, the leftmost in the highest bit: `A` is `ehhvhhh00`, its crossbar the `v` (11111).
enum BitmapFontTable {
    static let letters: [Substring] = """
        000000000 ggggg0g00 kkk000000 aavavaa00 4fke5u400 op248j300 ciiclid00 ggg000000
        48ggg8400 g84448g00 04lel4000 044v44000 0000088g0 000u00000 000000g00 11248gg00
        ehjlphe00 4c4444e00 eh1248v00 eh161he00 26aiv2200 vgu11he00 68guhhe00 v12448800
        ehhehhe00 ehhf12c00 00g000g00 0080008g0 248g84200 00u0u0000 g84248g00 eh1240400
        ehnlnge00 ehhvhhh00 uhhuhhu00 ehggghe00 uhhhhhu00 vgguggv00 vgguggg00 ehgnhhf00
        hhhvhhh00 s88888s00 22222ic00 hikokih00 ggggggu00 hrllhhh00 hppljjh00 ehhhhhe00
        uhhuggg00 ehhhlid00 uhhukih00 fgge11u00 v44444400 hhhhhhe00 hhhhaa400 hhhllrh00
        hha4ahh00 hha444400 v1248gv00 sgggggs00 gg8421100 s44444s00 4ah000000 0000000v0
        g80000000 00e1fhf00 gguhhhu00 00eggge00 11fhhhf00 00ehvge00 68u888800 00fhhhf1e
        ggmphhh00 g0ggggg00 40444444o ggikoki00 gggggg800 00qllll00 00mphhh00 00ehhhe00
        00uhhhugg 00fhhhf11 00moggg00 00fge1u00 88u888600 00hhhjd00 00hhha400 00hhlla00
        00ha4ah00 00hhhhf1e 00v248v00 488g88400 gggggggg0 g88488g00 009li0000
        """.split { $0 == " " || $0 == "\n" }
}
