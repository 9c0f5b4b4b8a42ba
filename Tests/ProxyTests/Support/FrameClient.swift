import NIOCore
import NIOHPACK

/// HTTP/2 by hand: a raw socket, frames as a test wants them, header lists through a real HPACK.
final class FrameClient {
    struct Frame {
        var kind: UInt8
        var flags: UInt8
        var stream: Int32
        var payload: [UInt8]
        /// Of a header list that was decoded when it came: the order matters to HPACK.
        var fields: [(String, String)]?

        /// Of RST_STREAM and GOAWAY.
        var errorCode: UInt32 {
            let bytes = kind == 7 ? payload.dropFirst(4).prefix(4) : payload.prefix(4)
            return bytes.reduce(0) { $0 << 8 | UInt32($1) }
        }
        var endsStream: Bool { flags & 1 != 0 }
    }

    let socket: RawSocket
    private var encoder = HPACKEncoder(allocator: ByteBufferAllocator())
    /// Frames of other streams than the one that was asked for.
    private var aside: [Frame] = []
    private var decoder = HPACKDecoder(allocator: ByteBufferAllocator())

    /// Connects; `greets` with the preface and empty SETTINGS.
    init(_ socket: RawSocket, greets: Bool = true, settings: [UInt8] = []) throws {
        self.socket = socket
        if greets {
            try socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            try send(4, payload: settings)
        }
    }

    // MARK: Sending

    static func bytes(_ kind: UInt8, flags: UInt8 = 0, stream: Int32 = 0, payload: [UInt8] = []) -> [UInt8] {
        let count = payload.count
        let id = UInt32(bitPattern: stream)
        return [
            UInt8(count >> 16 & 0xFF), UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF), kind, flags,
            UInt8(id >> 24), UInt8(id >> 16 & 0xFF), UInt8(id >> 8 & 0xFF), UInt8(id & 0xFF),
        ] + payload
    }

    func send(_ kind: UInt8, flags: UInt8 = 0, stream: Int32 = 0, payload: [UInt8] = []) throws {
        try socket.write(Self.bytes(kind, flags: flags, stream: stream, payload: payload))
    }

    func block(_ fields: [(String, String)]) throws -> [UInt8] {
        var buffer = ByteBuffer()
        try encoder.encode(headers: HPACKHeaders(fields), to: &buffer)
        return Array(buffer.readableBytesView)
    }

    static func request(_ method: String = "GET", _ path: String = "/") -> [(String, String)] {
        [(":method", method), (":scheme", "http"), (":authority", "a"), (":path", path)]
    }

    func headers(_ fields: [(String, String)], stream: Int32, ends: Bool = true) throws {
        try send(1, flags: 4 | (ends ? 1 : 0), stream: stream, payload: try block(fields))
    }

    func data(_ content: [UInt8], stream: Int32, ends: Bool = false) throws {
        try send(0, flags: ends ? 1 : 0, stream: stream, payload: content)
    }

    // MARK: Receiving

    func receive() throws -> Frame {
        let head = try socket.read(9)
        let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
        let stream = head[5...8].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return Frame(kind: head[3], flags: head[4], stream: Int32(bitPattern: stream), payload: try socket.read(length))
    }

    /// The next frame that is no SETTINGS, WINDOW_UPDATE or PING acknowledgement.
    func next() throws -> Frame {
        while true {
            let frame = try receive()
            if frame.kind != 4, frame.kind != 8, !(frame.kind == 6 && frame.flags & 1 != 0) { return frame }
        }
    }

    private func next(of stream: Int32) throws -> Frame {
        if let index = aside.firstIndex(where: { $0.stream == stream }) { return aside.remove(at: index) }
        while true {
            let frame = try next()
            if frame.stream == stream { return frame }
            var kept = frame
            if frame.kind == 1 { kept.fields = try fields(of: frame) }
            aside.append(kept)
        }
    }

    struct Answer {
        var fields: [(String, String)] = []
        var body: [UInt8] = []
        var trailers: [(String, String)] = []
        /// Of the RST_STREAM that came before the end.
        var resetBy: UInt32?

        func field(_ name: String) -> String? { fields.first { $0.0 == name }?.1 }
        func trailer(_ name: String) -> String? { trailers.first { $0.0 == name }?.1 }
        var status: Int { Int(field(":status") ?? "") ?? 0 }
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    func fields(of frame: Frame) throws -> [(String, String)] {
        if let fields = frame.fields { return fields }
        var buffer = ByteBuffer(bytes: frame.payload)
        return try decoder.decodeHeaders(from: &buffer).map { ($0.name, $0.value) }
    }

    /// The whole answer on a stream; windows are opened as it comes.
    func answer(stream: Int32) throws -> Answer {
        var answer = Answer()
        while true {
            let frame = try next(of: stream)
            switch frame.kind {
            case 1:
                let fields = try fields(of: frame)
                if answer.fields.isEmpty || answer.status < 200 {
                    answer.fields = fields
                } else {
                    answer.trailers = fields
                }
            case 0:
                answer.body += frame.payload
                let count = UInt32(frame.payload.count)
                if count > 0, !frame.endsStream {
                    let increment = [
                        UInt8(0), UInt8(count >> 16 & 0xFF), UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF),
                    ]
                    try send(8, payload: increment)
                    try send(8, stream: stream, payload: increment)
                }
            case 3:
                answer.resetBy = frame.errorCode
                return answer
            default: break
            }
            if frame.endsStream, frame.kind <= 1 { return answer }
        }
    }

    /// The error that the connection ends with; `nil` when it ends without GOAWAY.
    func connectionError() throws -> UInt32? {
        do {
            while true {
                let frame = try receive()
                if frame.kind == 7 { return frame.errorCode }
            }
        } catch is RawSocket.Closed { return nil }
    }

    /// The error that ends `stream` or the connection: either is allowed for an error of a stream.
    func streamError(_ stream: Int32) throws -> UInt32? {
        while true {
            let frame = try receive()
            if frame.kind == 7 || frame.kind == 3 && frame.stream == stream { return frame.errorCode }
        }
    }
}
