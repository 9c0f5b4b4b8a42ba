import Mesh
import Synchronization
import Testing

/// How requests get from a caller through the proxy under test to a service: the same rules hold on all ways.
enum Way: String, CaseIterable, Sendable, CustomTestStringConvertible {
    /// HTTP/1 on both sides.
    case http1
    /// HTTP/2 by prior knowledge on both sides.
    case http2
    /// HTTP/2 from the caller and, over mutual TLS, to a second proxy before the service.
    case mutualTLS

    var testDescription: String { rawValue }

    struct Ask: Sendable {
        var method: String
        var path: String
        var fields: [(name: String, value: String)]
        var body: String
        /// From 1, of all that came to this service.
        var number: Int

        func field(_ name: String) -> String? { fields.first { $0.name == name }?.value }
    }

    enum Act: Sendable {
        case answer(Int, String = "", fields: [(String, String)] = [])
        /// The first bytes of an answer whose rest does not come.
        case begin(String)
        case silence
        /// The request ends without an answer: its connection in HTTP/1, its stream in HTTP/2.
        case breakOff
    }

    typealias Handler = @Sendable (Ask) -> Act

    /// A service that speaks what it is spoken to on this way.
    func service(_ handler: @escaping Handler) throws -> TestUpstream {
        let count = Mutex(0)
        let next: @Sendable () -> Int = {
            count.withLock { count in
                count += 1
                return count
            }
        }
        return self == .http2 ? try Self.http2(handler, next) : try Self.http1(handler, next)
    }

    private static func http1(_ handler: @escaping Handler, _ next: @escaping @Sendable () -> Int) throws
        -> TestUpstream
    {
        try TestUpstream { socket, _ in
            while true {
                let request = try socket.readMessage()
                let line = request.startLine.split(separator: " ").map(String.init)
                let ask = Ask(
                    method: line[0], path: line[1], fields: request.fields, body: request.text, number: next())
                switch handler(ask) {
                case .answer(let status, let body, let fields):
                    let lines = fields.map { "\($0.0): \($0.1)\r\n" }.joined()
                    try socket.write(TestUpstream.response("\(status) As asked", body, lines))
                case .begin(let text):
                    try socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n" + text)
                    _ = try socket.readToEnd()
                    return
                case .silence:
                    _ = try socket.readToEnd()
                    return
                case .breakOff: return
                }
            }
        }
    }

    private static func http2(_ handler: @escaping Handler, _ next: @escaping @Sendable () -> Int) throws
        -> TestUpstream
    {
        try FrameServer.answering { request in
            let fields = request.fields.filter { !$0.0.hasPrefix(":") }.map { (name: $0.0, value: $0.1) }
            let ask = Ask(
                method: request.field(":method") ?? "", path: request.path, fields: fields, body: request.text,
                number: next())
            switch handler(ask) {
            case .answer(let status, let body, let fields):
                return .answer([(":status", String(status))] + fields, body: Array(body.utf8))
            case .begin(let text): return .begin([(":status", "200")], body: Array(text.utf8))
            case .silence: return .silence
            case .breakOff: return .reset(2)
            }
        }
    }
}
