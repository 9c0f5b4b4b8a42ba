import Foundation
import NIOHTTP1

/// A request as a service of the bank sees it.
struct BankRequest: Sendable {
    var method: HTTPMethod
    /// Without empty ones.
    var segments: [String]
    var query: [String: String]
    var headers: HTTPHeaders
    var body: [UInt8]

    init(head: HTTPRequestHead, body: [UInt8]) {
        method = head.method
        headers = head.headers
        self.body = body
        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        segments = parts[0].split(separator: "/").map { $0.removingPercentEncoding ?? String($0) }
        query = [:]
        for pair in parts.dropFirst().joined().split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1).map { $0.removingPercentEncoding ?? String($0) }
            query[sides[0]] = sides.count == 2 ? sides[1] : ""
        }
    }

    /// The body as JSON of that shape; nothing where it is not.
    func decode<Value: Decodable>(_ type: Value.Type) -> Value? {
        try? JSONDecoder().decode(type, from: Data(body))
    }
}

/// What a service answers.
struct BankReply: Sendable {
    var status: HTTPResponseStatus
    /// JSON.
    var body: [UInt8]

    init(_ status: HTTPResponseStatus, _ value: some Encodable) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        self.status = status
        // The bank's messages are strings and numbers: they encode.
        body = (try? encoder.encode(value)).map(Array.init) ?? []
    }

    static func refused(_ status: HTTPResponseStatus, _ reason: String) -> BankReply {
        BankReply(status, Refusal(reason: reason))
    }

    /// Passes on what a peer answered.
    init(_ answer: PeerAnswer) {
        status = answer.status
        body = answer.body
    }

    struct Refusal: Codable { var reason: String }
}
