import Foundation

/// Where a running coordinator listens, written into its state folder: who knows the folder finds the coordinator.
struct EndpointsFile: Codable, Equatable {
    /// Where workers connect.
    var control: String
    /// Where blobs are exchanged.
    var blobs: String
    /// Where clients connect.
    var clients: String

    init(_ endpoints: CoordinatorService.Endpoints) {
        (control, blobs, clients) = (endpoints.control, endpoints.blobs, endpoints.clients)
    }

    private static func url(in folder: String) -> URL { URL(fileURLWithPath: folder).appending(path: "endpoints.json") }

    /// What a coordinator has written; nil if there is nothing that can be read.
    static func read(in folder: String) -> EndpointsFile? {
        guard let data = try? Data(contentsOf: url(in: folder)) else { return nil }
        return try? JSONDecoder().decode(EndpointsFile.self, from: data)
    }

    /// Replaces what is there, unless it says the same: a full disk is no reason not to start.
    func write(in folder: String) throws {
        if EndpointsFile.read(in: folder) == self { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(self).write(to: EndpointsFile.url(in: folder), options: .atomic)
    }

    /// Deletes it when nobody listens any more.
    static func remove(in folder: String) { try? FileManager.default.removeItem(at: url(in: folder)) }
}
