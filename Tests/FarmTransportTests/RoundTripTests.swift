import FarmModel
import FarmProtocol
import FarmTransport
import Foundation
import OrderedCollections
import Testing

/// The committed vectors, sent over real sockets.
@Suite struct RoundTripTests {
    private struct Vector: Decodable {
        var name: String
        var lane: String
        var hex: String

        func frame() throws -> (Frame, Lane) {
            let digits = Array(hex.utf8)
            let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
                UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16)
            }
            let lane = try #require(Lane(rawValue: lane))
            return (try Frame.decode(bytes, on: lane), lane)
        }
    }

    private func vectors(_ lanes: Set<Lane>) throws -> [(name: String, frame: Frame, lane: Lane)] {
        let url = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "protocols/vectors/accepted.json")
        return try JSONDecoder().decode([Vector].self, from: Data(contentsOf: url)).compactMap { vector in
            let (frame, lane) = try vector.frame()
            return lanes.contains(lane) ? (vector.name, frame, lane) : nil
        }
    }

    /// Octets and not values are compared, because some values are not numbers.
    private func octets(_ frame: Frame) throws -> [UInt8] {
        try Frame(session: frame.session, sequence: 1, body: frame.body).encoded()
    }

    @Test(
        "Every kind of message arrives as it was sent, on each port",
        .timeLimit(.minutes(5)),
        arguments: [(Lane.fromWorker, Lane.toWorker), (.fromClient, .toClient), (.blobs, .blobs)])
    func everyMessage(up: Lane, down: Lane) async throws {
        let line = try await Line(up)
        let (dealer, atDealer) = try await line.dealer(down)
        let all = try vectors([up, down])
        #expect(all.count >= 10)
        var route: Route?
        for (name, frame, lane) in all where lane == up {
            #expect(await dealer.send(frame.body, session: frame.session) != .busy)
            let received = try await line.atRouter.frame()
            #expect(try octets(received.frame) == octets(frame), "\(name)")
            route = received.route
        }
        let back = try #require(route)
        for (name, frame, lane) in all where lane == down {
            #expect(await line.router.send(frame.body, to: back, session: frame.session) == .sent)
            let received = try await atDealer.frame()
            #expect(try octets(received.frame) == octets(frame), "\(name)")
        }
        #expect(await line.router.counters.malformed == 0)
        await line.end(dealer)
    }

    @Test("Chunks that are kept stay what they are, however many come after them", .timeLimit(.minutes(5)))
    func kept() async throws {
        let blobs = try await Line(.blobs)
        let (dealer, _) = try await blobs.dealer(.blobs)
        let sent = (1...200).map { number in
            let bytes = [UInt8](repeating: UInt8(number), count: number.isMultiple(of: 2) ? number : number * 1_000)
            return FrameBody.blob(.chunk(transfer: 1, offset: Int64(number), bytes: Octets(bytes)))
        }
        var kept: [FrameBody] = []
        for body in sent {
            await dealer.send(body, session: Sample.session)
            kept.append(try await blobs.atRouter.frame().frame.body)
        }
        await blobs.end(dealer)
        #expect(kept == sent, "read when the socket and its context are gone")
    }

    @Test("A chunk of 256 KiB and a job of 3 MiB pass", .timeLimit(.minutes(5)))
    func largest() async throws {
        let blobs = try await Line(.blobs)
        let (blobDealer, _) = try await blobs.dealer(.blobs)
        let data = (0..<Limits.chunkBytes).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let chunk = FrameBody.blob(.chunk(transfer: 1, offset: 0, bytes: Octets(data)))
        await blobDealer.send(chunk, session: Sample.session)
        #expect(try await blobs.atRouter.frame().frame.body == chunk)
        await blobs.end(blobDealer)

        let clients = try await Line(.fromClient)
        let (client, _) = try await clients.dealer(.toClient)
        let values = (0..<3_000).map {
            Settings(uniqueKeysWithValues: [("prompt", .string(String(repeating: "\($0)", count: 250)))])
        }
        let axis = ParameterSpace.Axis(name: "prompt", values: values)
        let job = JobSpec(
            name: "large", steps: [StepSpec(name: "s", action: .render, space: ParameterSpace(axes: [axis]))])
        let submit = FrameBody.client(.submit(job, key: Sample.digest))
        #expect(try Sample.bytes(submit).count > 2 << 20)
        await client.send(submit, session: Sample.session)
        #expect(try await clients.atRouter.frame().frame.body == submit)
        await clients.end(client)
    }
}
