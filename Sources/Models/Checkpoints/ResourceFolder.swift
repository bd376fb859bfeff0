import Glibc

/// The folder of files that belong to the program and lie beside it.
public enum ResourceFolder {
    /// The path of a file or folder in a target's resources.
    ///
    /// The build puts a target's resources into `atelier_<target>.resources` beside the executable, which is also where
    /// an installation keeps them. The package manager's own accessor ends the process where it finds nothing.
    ///
    /// - Parameters:
    ///   - name: path below the target's `Resources` folder.
    ///   - target: the target that owns it.
    /// - Returns: the whole path.
    /// - Throws: `CheckpointError` where nothing is there.
    public static func path(of name: String, in target: String) throws(CheckpointError) -> String {
        let bundle = "atelier_\(target).resources"
        let folder = executableFolder
        let path = "\(folder)/\(bundle)/Resources/\(name)"
        guard access(path, R_OK) == 0 else {
            throw CheckpointError(
                path: path, message: "is missing",
                hint: "the folder \(bundle) of the build must lie beside the program, in \(folder)")
        }
        return path
    }

    /// Where the running program's file lies, symbolic links resolved.
    private static var executableFolder: String {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/exe", &buffer, buffer.count)
        guard length > 0 else { return "." }
        let path = String(decoding: buffer[..<length], as: UTF8.self)
        return path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }
}
