import Foundation
import NIOCore
import NIOHTTP1
import Transport

/// The answer of another service.
struct PeerAnswer: Sendable {
    var status: HTTPResponseStatus
    var body: [UInt8]

    var isGood: Bool { (200..<300).contains(status.code) }

    func decode<Value: Decodable>(_ type: Value.Type) -> Value? {
        try? JSONDecoder().decode(type, from: Data(body))
    }
}

/// Calls other services through the outbound listener of this one's proxy, naming the target as host.
struct BankPeers: Sendable {
    let client: HTTPClient
    /// `host:port` of the proxy's outbound listener.
    let outbound: String
    let forwardsTraceHeaders: Bool

    func call(
        _ method: HTTPMethod, _ peer: BankMember, _ target: String, for request: BankRequest,
        headers extra: [(String, String)] = [], contentType: String = "application/json", body: [UInt8] = []
    ) async -> PeerAnswer {
        var headers: HTTPHeaders = ["host": peer.host]
        if !body.isEmpty { headers.add(name: "content-type", value: contentType) }
        if forwardsTraceHeaders {
            for name in BankHeader.trace {
                if let value = request.headers.first(name: name) { headers.add(name: name, value: value) }
            }
        }
        for (name, value) in extra { headers.add(name: name, value: value) }
        do {
            let response = try await client.execute(
                method, "http://\(outbound)\(target)", headers: headers, body: ByteBuffer(bytes: body))
            return PeerAnswer(
                status: HTTPResponseStatus(statusCode: response.status), body: Array(response.body.readableBytesView))
        } catch {
            let reply = BankReply.refused(.badGateway, "\(peer.rawValue) could not be asked: \(error)")
            return PeerAnswer(status: reply.status, body: reply.body)
        }
    }

    func post(
        _ peer: BankMember, _ target: String, _ value: some Encodable, for request: BankRequest,
        headers: [(String, String)] = []
    ) async -> PeerAnswer {
        await call(.POST, peer, target, for: request, headers: headers, body: BankReply(.ok, value).body)
    }
}
