import NIOCore
import NIOHTTP1
import NIOPosix
import Telemetry
import Transport

/// Makes requests through a proxy and writes down what came of each.
struct BankCaller: Sendable {
    /// `nil` for a customer.
    let caller: BankService?
    /// Where the proxy takes requests.
    let address: String
    let chronicle: Chronicle
    /// For what the client does not repeat by itself; its connections are kept.
    private let keeping: HTTPClient
    /// For GET, which the client would repeat when a kept connection breaks: then one call were two.
    private let fresh: HTTPClient

    /// - Parameter timeoutMilliseconds: longer than any route takes, all retries included.
    init(_ caller: BankService?, through address: String, timeoutMilliseconds: Int, chronicle: Chronicle) {
        self.caller = caller
        self.address = address
        self.chronicle = chronicle
        var limits = HTTPClient.Limits()
        limits.timeoutMilliseconds = timeoutMilliseconds
        keeping = HTTPClient(group: MultiThreadedEventLoopGroup.singleton, limits: limits)
        limits.maximumIdleConnections = 0
        fresh = HTTPClient(group: MultiThreadedEventLoopGroup.singleton, limits: limits)
    }

    func close() { keeping.closeIdle() }

    func call(
        _ callee: BankService, _ kind: CallKind, payment: String, traceparent: String, bodyBytes: Int
    ) async -> Call {
        var call = Call(
            id: chronicle.nextCall(from: caller?.rawValue ?? "customer"), caller: caller, callee: callee,
            payment: payment, trace: String(traceparent.dropFirst(3).prefix(32)), kind: kind, from: Chronicle.now())
        var headers: HTTPHeaders = [
            "host": callee.host, BankHeader.payment: payment, BankHeader.trace: traceparent,
        ]
        var body = ByteBuffer()
        if kind != .read {
            body = Self.body(payment, bytes: bodyBytes)
            headers.add(name: BankHeader.bodyBytes, value: String(bodyBytes))
        }
        if kind == .keyed { headers.add(name: BankHeader.idempotencyKey, value: call.id) }
        do {
            let response = try await (kind == .read ? fresh : keeping).execute(
                HTTPMethod(rawValue: kind.method), "http://\(address)/\(kind.rawValue)/\(call.id)", headers: headers,
                body: body)
            call.outcome = .answered(status: response.status, body: response.text)
        } catch {
            call.outcome = error.code == .timeout ? .silent : .broken(error.description)
        }
        call.to = Chronicle.now()
        chronicle.add(call)
        return call
    }

    /// What a request for a payment carries: bytes that a service can tell from others'.
    static func body(_ payment: String, bytes: Int) -> ByteBuffer {
        let pattern = Array(payment.utf8)
        var body = ByteBufferAllocator().buffer(capacity: bytes)
        for index in 0..<bytes { body.writeInteger(pattern[index % pattern.count]) }
        return body
    }
}
