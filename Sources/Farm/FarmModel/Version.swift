/// The version of this program, as manifests, pictures and sessions name it.
public enum Version {
    /// Semantic version.
    public static let current = "0.1.0"
    /// Name of the program.
    public static let program = "atelier"
}
