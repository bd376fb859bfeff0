import CoordinatorService
import FarmKeys
import FarmModel
import FarmProtocol
import Foundation
import Testing

/// A worker and a client of an earlier release, of which only their octets are left.
///
/// The file is never recorded anew: a later release adds one of its own and answers both.
@Suite(.timeLimit(.minutes(5))) struct ConversationTests {
    @Test("V6: A worker and a client of the first release are served as they were then")
    func replay() async throws {
        let recorded = try Conversation.load()
        let heard = try await ConversationTests.play(recorded)
        #expect(recorded.exchanges.count > 20 && heard.count == recorded.exchanges.count)
        for (exchange, answers) in zip(recorded.exchanges, heard) {
            for (expected, answer) in zip(exchange.hears, answers) {
                let octets = Conversation.octets(expected.frame)
                if expected.varies {
                    // Signature, version, command, flags, session and number.
                    #expect(answer.prefix(24) == octets.prefix(24), "\(exchange.speaker): \(exchange.meaning)")
                } else {
                    #expect(answer == octets, "\(exchange.speaker): \(exchange.meaning)")
                }
                let lane: Lane =
                    switch exchange.speaker {
                    case .client: .toClient
                    case .worker: .toWorker
                    case .blobs: .blobs
                    }
                #expect(throws: Never.self) { try Frame.decode(answer, on: lane) }
            }
        }
    }

    @Test(
        "The conversation is recorded when the environment asks for it",
        .enabled(if: ProcessInfo.processInfo.environment["ATELIER_RECORD_CONVERSATION"] == "1"))
    func record() async throws {
        var made = try ConversationScript().frames()
        for (index, answers) in try await ConversationTests.play(made).enumerated() {
            for (place, answer) in answers.enumerated() {
                made.exchanges[index].hears[place].frame = Conversation.digits(answer)
            }
        }
        try made.write()
    }

    /// Says all of it to a coordinator that starts for the first time; the answers.
    private static func play(_ conversation: Conversation) async throws -> [[[UInt8]]] {
        let farm = try await FarmLine()
        let endpoints = farm.service.endpoints
        let (ada, w1) = (try await farm.admit("ada", .admin), try await farm.admit("w1", .worker))
        var heard: [[[UInt8]]] = []
        do {
            let client = try RawPeer(farm, .toClient, at: endpoints.clients, as: ada)
            let worker = try RawPeer(farm, .toWorker, at: endpoints.control, as: w1)
            let blobs = try RawPeer(farm, .blobs, at: endpoints.blobs, as: w1)
            for exchange in conversation.exchanges {
                let octets = Conversation.octets(exchange.says)
                var answers: [[UInt8]] = []
                switch exchange.speaker {
                case .client:
                    try await client.say(octets)
                    for _ in exchange.hears { answers.append(try await client.hear()) }
                case .worker:
                    try await worker.say(octets)
                    for _ in exchange.hears { answers.append(try await worker.hear()) }
                case .blobs:
                    try await blobs.say(octets)
                    for _ in exchange.hears { answers.append(try await blobs.hear()) }
                }
                heard.append(answers)
            }
        }
        try await farm.end()
        return heard
    }
}
