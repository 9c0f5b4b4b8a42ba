import NIOCore
import NIOHTTP1

/// Whether an answer may be compressed for the client that asked (RFC 9110 §12.5.3).
struct AnswerCoding: Sendable {
    /// Smaller bodies fit into a packet or two as they are.
    private static let smallestBytes = 1400

    private let acceptsGzip: Bool

    init(_ request: HTTPRequest) {
        var gzip: Bool?
        var any = false
        for item in request.headers[canonicalForm: "Accept-Encoding"] {
            let parts = item.lowercased().split(separator: ";")
            guard let coding = parts.first?.filter({ $0 != " " }) else { continue }
            let isRefused = parts.dropFirst().contains { part in
                let weight = part.filter { $0 != " " }
                return weight.hasPrefix("q=") && Double(weight.dropFirst(2)) == 0
            }
            if coding == "gzip" { gzip = !isRefused }
            if coding == "*" { any = !isRefused }
        }
        acceptsGzip = gzip ?? any
    }

    /// The answer as it goes out. Takes time: not for an event loop.
    func encode(_ answer: HTTPAnswer) -> HTTPAnswer {
        guard answer.body.readableBytes >= Self.smallestBytes, !answer.headers.contains(name: "Content-Encoding")
        else { return answer }
        var answer = answer
        answer.headers.add(name: "Vary", value: "Accept-Encoding")
        guard acceptsGzip, let body = answer.body.withUnsafeReadableBytes({ Gzip.deflate($0) }) else { return answer }
        answer.headers.replaceOrAdd(name: "Content-Encoding", value: "gzip")
        answer.body = ByteBuffer(bytes: body)
        return answer
    }
}
