import FarmModel
import FoundationEssentials
import SwiftProtobuf

extension BlobMessage {
    var command: Command {
        switch self {
        case .put: .put
        case .have: .have
        case .go: .go
        case .chunk: .chunk
        case .credit: .credit
        case .putOK: .putOK
        case .get: .get
        case .getEnd: .getEnd
        case .abort: .abort
        }
    }

    var wire: any SwiftProtobuf.Message {
        switch self {
        case .put(let transfer, let digest, let size):
            WireBlobPut.with {
                $0.transfer = transfer
                $0.digest = Data(digest.bytes)
                $0.size = UInt64(bitPattern: size)
            }
        case .have(let transfer): WireBlobHave.with { $0.transfer = transfer }
        case .go(let transfer, let offset, let credit):
            WireBlobGo.with {
                $0.transfer = transfer
                $0.offset = UInt64(bitPattern: offset)
                $0.credit = UInt64(bitPattern: credit)
            }
        case .chunk:
            preconditionFailure("a chunk is laid out by ChunkLayout; it has no protobuf body")
        case .credit(let transfer, let total):
            WireBlobCredit.with {
                $0.transfer = transfer
                $0.total = UInt64(bitPattern: total)
            }
        case .putOK(let transfer): WireBlobPutOK.with { $0.transfer = transfer }
        case .get(let transfer, let digest, let offset, let credit):
            WireBlobGet.with {
                $0.transfer = transfer
                $0.digest = Data(digest.bytes)
                $0.offset = UInt64(bitPattern: offset)
                $0.credit = UInt64(bitPattern: credit)
            }
        case .getEnd(let transfer, let size):
            WireBlobGetEnd.with {
                $0.transfer = transfer
                $0.size = UInt64(bitPattern: size)
            }
        case .abort(let transfer, let reason, let have):
            WireBlobAbort.with {
                $0.transfer = transfer
                $0.reason = reason.wire
                $0.have = UInt64(bitPattern: have)
            }
        }
    }

    static func read(_ command: Command, _ body: Body) throws -> BlobMessage {
        switch command {
        case .put:
            let put = try body.read(WireBlobPut.self)
            try Checked.present(put.hasTransfer && put.hasSize, "transfer or size")
            return .put(
                transfer: put.transfer, digest: try Checked.digest(put.digest, "digest"),
                size: try octets(put.size, "size"))
        case .have:
            let have = try body.read(WireBlobHave.self)
            try Checked.present(have.hasTransfer, "transfer")
            return .have(transfer: have.transfer)
        case .go:
            let go = try body.read(WireBlobGo.self)
            try Checked.present(go.hasTransfer && go.hasOffset && go.hasCredit, "transfer, offset or credit")
            let (offset, credit) = try window(offset: go.offset, credit: go.credit)
            return .go(transfer: go.transfer, offset: offset, credit: credit)
        case .chunk: preconditionFailure("a chunk is read by ChunkLayout; it has no protobuf body")
        case .credit:
            let credit = try body.read(WireBlobCredit.self)
            try Checked.present(credit.hasTransfer && credit.hasTotal, "transfer or total")
            return .credit(transfer: credit.transfer, total: try octets(credit.total, "total"))
        case .putOK:
            let putOK = try body.read(WireBlobPutOK.self)
            try Checked.present(putOK.hasTransfer, "transfer")
            return .putOK(transfer: putOK.transfer)
        case .get:
            let get = try body.read(WireBlobGet.self)
            try Checked.present(get.hasTransfer && get.hasOffset && get.hasCredit, "transfer, offset or credit")
            let (offset, credit) = try window(offset: get.offset, credit: get.credit)
            let digest = try Checked.digest(get.digest, "digest")
            return .get(transfer: get.transfer, digest: digest, offset: offset, credit: credit)
        case .getEnd:
            let end = try body.read(WireBlobGetEnd.self)
            try Checked.present(end.hasTransfer && end.hasSize, "transfer or size")
            return .getEnd(transfer: end.transfer, size: try octets(end.size, "size"))
        case .abort:
            let abort = try body.read(WireBlobAbort.self)
            try Checked.present(abort.hasTransfer && abort.hasHave, "transfer or have")
            return .abort(
                transfer: abort.transfer, reason: try .init(abort.reason, "reason"),
                have: try octets(abort.have, "have"))
        default: throw Malformed("not said on a blob connection")
        }
    }

    private static func octets(_ number: UInt64, _ field: String) throws -> Int64 {
        try Checked.amount(number, atMost: Limits.blobBytes, field)
    }

    private static func window(offset: UInt64, credit: UInt64) throws -> (offset: Int64, credit: Int64) {
        let offset = try octets(offset, "offset")
        let credit = try octets(credit, "credit")
        guard credit >= offset else { throw Malformed("credit \(credit) ends before the offset \(offset)") }
        return (offset, credit)
    }
}
