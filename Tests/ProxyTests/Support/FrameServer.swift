import Proxy

/// A server of HTTP/2 by hand, for a `TestUpstream`: whole requests in, and whatever a test wants out.
enum FrameServer {
    struct Request {
        var connection: Int
        /// From 1, of its connection.
        var number: Int
        var stream: Int32
        var fields: [(String, String)]
        var body: [UInt8] = []

        func field(_ name: String) -> String? { fields.first { $0.0 == name }?.1 }
        var path: String { field(":path") ?? "" }
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    enum Reply {
        case answer(_ fields: [(String, String)], body: [UInt8] = [], trailers: [(String, String)]? = nil)
        /// The head and the body, and no end.
        case begin(_ fields: [(String, String)], body: [UInt8] = [])
        case reset(UInt32)
        case goAway(lastStream: Int32)
        case silence
        case close

        /// A gRPC call's answer, without messages where there are none.
        static func status(_ code: Int, messages: [[UInt8]] = []) -> Reply {
            let head = [(":status", "200"), ("content-type", "application/grpc")]
            let end = [("grpc-status", String(code)), ("grpc-message", "as asked")]
            if messages.isEmpty { return .answer(head + end) }
            return .answer(head, body: messages.flatMap { framed($0) }, trailers: end)
        }
    }

    /// A message with its prefix.
    static func framed(_ message: [UInt8], flag: UInt8 = 0) -> [UInt8] {
        let count = UInt32(message.count)
        return [flag, UInt8(count >> 24), UInt8(count >> 16 & 0xFF), UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF)]
            + message
    }

    static func answering(
        beforeItsEnd: Bool = false, _ answer: @escaping @Sendable (Request) throws -> Reply
    ) throws -> TestUpstream {
        try TestUpstream { socket, connection in
            let peer = try FrameClient(socket, greets: false)
            _ = try socket.read(24)
            try peer.send(4)
            var open: [Int32: Request] = [:]
            var number = 0
            while true {
                let frame = try peer.next()
                switch frame.kind {
                case 1 where open[frame.stream] == nil:
                    number += 1
                    open[frame.stream] = Request(
                        connection: connection, number: number, stream: frame.stream,
                        fields: try peer.fields(of: frame))
                case 1: _ = try peer.fields(of: frame)
                case 0: open[frame.stream]?.body += frame.payload
                case 3: open[frame.stream] = nil
                default: break
                }
                guard frame.kind <= 1, frame.endsStream || beforeItsEnd && frame.kind == 0,
                    let request = open.removeValue(forKey: frame.stream)
                else { continue }
                guard try send(try answer(request), to: peer, request.stream) else { return }
            }
        }
    }

    /// `false` when the connection is to be closed.
    private static func send(_ reply: Reply, to peer: FrameClient, _ stream: Int32) throws -> Bool {
        switch reply {
        case .answer(let fields, let body, let trailers):
            try peer.headers(fields, stream: stream, ends: body.isEmpty && trailers == nil)
            try send(body, to: peer, stream, ends: trailers == nil)
            if let trailers { try peer.headers(trailers, stream: stream) }
        case .begin(let fields, let body):
            try peer.headers(fields, stream: stream, ends: false)
            try send(body, to: peer, stream, ends: false)
        case .reset(let code):
            try peer.send(3, stream: stream, payload: [0, 0, UInt8(code >> 8 & 0xFF), UInt8(code & 0xFF)])
        case .goAway(let last):
            try peer.send(7, payload: [0, 0, 0, UInt8(last), 0, 0, 0, 0])
        case .silence: break
        case .close: return false
        }
        return true
    }

    /// In frames of a size that every peer takes.
    private static func send(_ body: [UInt8], to peer: FrameClient, _ stream: Int32, ends: Bool) throws {
        var rest = body[...]
        while !rest.isEmpty {
            let piece = rest.prefix(16_384)
            rest = rest.dropFirst(piece.count)
            try peer.data(Array(piece), stream: stream, ends: ends && rest.isEmpty)
        }
    }
}

extension FrameClient {
    /// A gRPC call with one message, up to its end.
    func call(
        _ path: String = "/bank.Ledger/Post", stream: Int32, message: [UInt8] = [],
        fields: [(String, String)] = []
    ) throws -> Answer {
        try begin(path, stream: stream, fields: fields)
        try data(FrameServer.framed(message), stream: stream, ends: true)
        return try answer(stream: stream)
    }

    /// The head of a gRPC call.
    func begin(_ path: String = "/bank.Ledger/Post", stream: Int32, fields: [(String, String)] = []) throws {
        let own = [("content-type", "application/grpc+proto"), ("te", "trailers")]
        try headers(Self.request("POST", path) + own + fields, stream: stream, ends: false)
    }
}

extension FrameClient.Answer {
    /// Of the trailers, or of the head where there are no others.
    var code: String? { trailer("grpc-status") ?? field("grpc-status") }
}
