public import Imaging

/// The pictures that a specification names, read once and verified.
public struct RenderPictures: Sendable {
    private var images: [FileReference: RGBImage]

    /// Pictures that are in memory already.
    public init(_ images: [FileReference: RGBImage] = [:]) { self.images = images }

    /// Reads every picture of a specification.
    ///
    /// - Parameters:
    ///   - spec: what names them.
    ///   - path: where the content of a reference lies; by default where its name says.
    /// - Throws: `ImageError` for what is no picture, `RenderSpecError` for one that has changed.
    public init(of spec: RenderSpec, at path: (FileReference) -> String = \.name) throws {
        images = [:]
        for file in spec.files where file.content == .picture && images[file.reference] == nil {
            images[file.reference] = try RGBImage.read(verified: file.reference, at: path(file.reference))
        }
    }

    /// The picture of a reference; throws `RenderError.pictureMissing` if nobody has read it.
    func image(_ file: FileReference) throws(RenderError) -> RGBImage {
        guard let image = images[file] else { throw .pictureMissing(name: file.name) }
        return image
    }
}
