/// A picture of 8-bit red, green and blue samples.
///
/// `pixels` holds rows from top to bottom, each from left to right, three bytes per pixel and no padding:
/// the sample of channel `c` at (`x`, `y`) lies at `(y * width + x) * 3 + c`. Samples are sRGB.
public struct RGBImage: Sendable, Equatable {
    /// The width in pixels, at least 1.
    public let width: Int

    /// The height in pixels, at least 1.
    public let height: Int

    /// The samples, `width * height * 3` of them.
    public private(set) var pixels: [UInt8]

    /// Wraps samples that are already in the right order.
    ///
    /// - Precondition: The sides lie within `Limits` and `pixels` holds `width * height * 3` samples.
    public init(width: Int, height: Int, pixels: [UInt8]) {
        Self.check(width: width, height: height)
        precondition(
            pixels.count == width * height * 3,
            "a picture of \(width) x \(height) needs \(width * height * 3) samples, not \(pixels.count)")
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// Makes a picture of one color.
    ///
    /// - Precondition: The sides lie within `Limits`.
    public init(width: Int, height: Int, color: RGBColor = .black) {
        Self.check(width: width, height: height)
        self.width = width
        self.height = height
        self.pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { samples, count in
            for pixel in 0..<(width * height) {
                samples[pixel * 3] = color.red
                samples[pixel * 3 + 1] = color.green
                samples[pixel * 3 + 2] = color.blue
            }
            count = width * height * 3
        }
    }

    /// The color of one pixel.
    ///
    /// - Precondition: (`x`, `y`) lies inside the picture.
    public subscript(x: Int, y: Int) -> RGBColor {
        get {
            let at = offset(x, y)
            return RGBColor(red: pixels[at], green: pixels[at + 1], blue: pixels[at + 2])
        }
        set {
            let at = offset(x, y)
            pixels[at] = newValue.red
            pixels[at + 1] = newValue.green
            pixels[at + 2] = newValue.blue
        }
    }

    private func offset(_ x: Int, _ y: Int) -> Int {
        precondition(
            x >= 0 && x < width && y >= 0 && y < height, "(\(x), \(y)) is outside a picture of \(width) x \(height)")
        return (y * width + x) * 3
    }

    private static func check(width: Int, height: Int) {
        precondition(
            width >= 1 && height >= 1 && width <= Limits.side && height <= Limits.side
                && width * height <= Limits.pixels,
            "a picture of \(width) x \(height) is outside the limits: sides of 1 to \(Limits.side), "
                + "at most \(Limits.pixels) pixels")
    }

    /// Gives drawing code the samples in place.
    mutating func withMutablePixels(_ body: (UnsafeMutablePointer<UInt8>) -> Void) {
        pixels.withUnsafeMutableBufferPointer { samples in
            // The buffer of a picture is never empty, so its base address exists.
            if let base = samples.baseAddress { body(base) }
        }
    }
}

/// An 8-bit sRGB color.
public struct RGBColor: Sendable, Hashable {
    /// The red sample.
    public var red: UInt8
    /// The green sample.
    public var green: UInt8
    /// The blue sample.
    public var blue: UInt8

    /// Makes a color from its samples.
    public init(red: UInt8, green: UInt8, blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// Makes a color from its hexadecimal form: `RGBColor(0xFF8000)` is orange.
    ///
    /// - Precondition: `hex` has no more than 24 bits.
    public init(_ hex: UInt32) {
        precondition(hex <= 0xFF_FFFF, "a color has 24 bits, \(hex) has more")
        self.init(red: UInt8(hex >> 16), green: UInt8(hex >> 8 & 0xFF), blue: UInt8(hex & 0xFF))
    }

    /// Black.
    public static let black = RGBColor(0x000000)

    /// White.
    public static let white = RGBColor(0xFFFFFF)

    /// The color between this one (at 0) and another (at 1).
    ///
    /// - Precondition: `amount` lies in 0...1.
    public func mixed(with other: RGBColor, _ amount: Float) -> RGBColor {
        precondition(amount >= 0 && amount <= 1, "a mix lies in 0...1, not at \(amount)")
        let mix = { (a: UInt8, b: UInt8) in UInt8(Float(a) + (Float(b) - Float(a)) * amount + 0.5) }
        return RGBColor(red: mix(red, other.red), green: mix(green, other.green), blue: mix(blue, other.blue))
    }
}
