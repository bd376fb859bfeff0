import CPNG
import Foundation

// libpng's usual interface reports errors by a long jump, which may not cross Swift frames. Its simplified interface
// (`png_image`) catches them itself and returns a message. It writes no text, so the text chunks are inserted here.

extension RGBImage {
    /// Reads any PNG file as 8-bit RGB.
    ///
    /// Palettes, gray scales, 16-bit samples and interlaced files are converted; transparency is composited on white.
    ///
    /// - Throws: `ImageError` if the file cannot be read, is no PNG, is damaged, or exceeds `Limits`.
    public static func read(pngAt path: String) throws(ImageError) -> RGBImage {
        do {
            return try read(png: try fileContents(at: path))
        } catch {
            throw error.at(path: path)
        }
    }

    /// Decodes a PNG file that is in memory as 8-bit RGB.
    ///
    /// - Throws: `ImageError` if the bytes are no PNG, are damaged, or the picture exceeds `Limits`.
    public static func read(png bytes: [UInt8]) throws(ImageError) -> RGBImage {
        guard bytes.count <= Limits.fileBytes else {
            throw ImageError(.tooLarge, "the file has more than \(Limits.fileBytes) bytes")
        }
        var control = png_image()
        control.version = png_uint_32(PNG_IMAGE_VERSION)
        defer { png_image_free(&control) }

        // The reader keeps pointing at the bytes, so header and pixels are read inside one closure.
        let outcome: Result<RGBImage, ImageError> = bytes.withUnsafeBytes { file in
            guard png_image_begin_read_from_memory(&control, file.baseAddress, file.count) != 0 else {
                return .failure(damage(control))
            }
            let (width, height) = (Int(control.width), Int(control.height))
            guard width <= Limits.side, height <= Limits.side, width * height <= Limits.pixels else {
                return .failure(
                    ImageError(
                        .tooLarge,
                        "a picture of \(width) x \(height); at most \(Limits.side) on a side "
                            + "and \(Limits.pixels) pixels"))
            }
            // 16-bit samples are taken as sRGB, as every picture library does, not as linear light.
            control.flags |= png_uint_32(PNG_IMAGE_FLAG_16BIT_sRGB)
            control.format = png_uint_32(PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_ALPHA)
            var samples = [UInt8](repeating: 0, count: width * height * 4)
            guard png_image_finish_read(&control, nil, &samples, 0, nil) != 0 else {
                return .failure(damage(control))
            }
            return .success(RGBImage(width: width, height: height, pixels: onWhite(samples)))
        }
        return try outcome.get()
    }

    /// Encodes the picture as a PNG file with text entries.
    ///
    /// The bytes depend on nothing but the picture and the text (and the version of zlib): the compression level and
    /// filters are libpng's defaults and no time is written.
    ///
    /// - Parameter text: Keys and values, stored in this order before the pixels.
    /// - Returns: The bytes of the file.
    /// - Precondition: Every key satisfies `PNGText.isKey`.
    public func encodePNG(text: [(key: String, value: String)] = []) -> [UInt8] {
        var control = png_image()
        control.version = png_uint_32(PNG_IMAGE_VERSION)
        control.width = png_uint_32(width)
        control.height = png_uint_32(height)
        control.format = png_uint_32(PNG_FORMAT_FLAG_COLOR)
        defer { png_image_free(&control) }

        // zlib's bound for incompressible data, plus the frame of each chunk.
        let raw = (width * 3 + 1) * height
        var size = png_alloc_size_t(raw + raw / 8 + raw / 64 + 1024)
        var file = [UInt8](repeating: 0, count: Int(size))
        let written = png_image_write_to_memory(&control, &file, &size, 0, pixels, 0, nil)
        // The sides were checked when the picture was made: nothing but memory can be missing here.
        precondition(written != 0, "libpng did not encode \(width) x \(height) pixels: \(Self.message(control))")
        file.removeSubrange(Int(size)...)

        // The header chunk always has 13 bytes of data, so it ends at byte 33 (8 + 4 + 4 + 13 + 4).
        file.insert(contentsOf: PNGText.chunks(for: text), at: 33)
        return file
    }

    /// Writes the picture as a PNG file, by a temporary file and a rename, so that no reader sees half of it.
    ///
    /// - Throws: `ImageError` if the file cannot be written.
    public func write(pngTo path: String, text: [(key: String, value: String)] = []) throws(ImageError) {
        do {
            try Data(encodePNG(text: text)).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw ImageError(.file, path: path, "cannot be written: \(error.localizedDescription)")
        }
    }

    /// Composites RGBA samples on white: `a * color + (1 - a) * white`, rounded.
    private static func onWhite(_ samples: [UInt8]) -> [UInt8] {
        let count = samples.count / 4
        return [UInt8](unsafeUninitializedCapacity: count * 3) { output, written in
            for pixel in 0..<count {
                let alpha = Int(samples[pixel * 4 + 3])
                for channel in 0..<3 {
                    let mixed = Int(samples[pixel * 4 + channel]) * alpha + 255 * (255 - alpha)
                    output[pixel * 3 + channel] = UInt8((mixed + 127) / 255)
                }
            }
            written = count * 3
        }
    }

    private static func damage(_ control: png_image) -> ImageError {
        ImageError(.malformed, "not a readable PNG picture: \(message(control))")
    }

    /// libpng's message, a C string in a fixed array.
    private static func message(_ control: png_image) -> String {
        withUnsafeBytes(of: control.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
