/// The bounds of everything this module reads or makes, in one place.
///
/// A file outside these bounds is refused before its pixels are decoded, so a hostile header costs nothing.
public enum Limits {
    /// The greatest width or height of a picture, in pixels.
    public static let side = 16_384

    /// The greatest number of pixels in one picture: 64 mega pixels, 192 MiB of samples.
    public static let pixels = 64 << 20

    /// The greatest size of a PNG file that is read, in bytes.
    public static let fileBytes = 256 << 20

    /// The greatest number of chunks that are looked at in search of text.
    public static let chunks = 65_536

    /// The greatest size of one text chunk that is read, in bytes.
    public static let textBytes = 4 << 20

    /// The greatest number of text entries that are read from one file.
    public static let textEntries = 256

    /// The greatest number of characters of one string that are drawn.
    public static let drawnCharacters = 2_000

    /// The greatest number of cells on one contact sheet.
    public static let sheetCells = 240

    /// The greatest width or height of a picture inside a contact sheet, in pixels.
    public static let sheetPictureSide = 384

    /// The greatest number of curves in one plot.
    public static let curves = 1_000

    /// The greatest number of points of one curve that are drawn.
    public static let curvePoints = 100_000
}
