import Foundation

/// Reads a whole file, no larger than `Limits.fileBytes`.
public func fileContents(at path: String) throws(ImageError) -> [UInt8] {
    let data: Data
    do {
        let attributes = try FileManager.default.attributesOfItem(
            atPath: URL(filePath: path).resolvingSymlinksInPath().path)
        guard attributes[.type] as? FileAttributeType == .typeRegular else {
            throw ImageError(.file, "not a file")
        }
        guard let size = attributes[.size] as? Int, size <= Limits.fileBytes else {
            throw ImageError(.tooLarge, "the file has more than \(Limits.fileBytes) bytes")
        }
        data = try Data(contentsOf: URL(filePath: path))
    } catch let error as ImageError {
        throw error
    } catch {
        throw ImageError(.file, "cannot be read: \(error.localizedDescription)")
    }
    return [UInt8](data)
}
