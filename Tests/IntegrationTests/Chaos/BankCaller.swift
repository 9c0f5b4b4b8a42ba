import NIOCore
import NIOHTTP1
import NIOPosix
import Telemetry
import Transport

/// Makes requests through a proxy, over HTTP/1 and HTTP/2, and writes down what came of each.
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
    private let multiplexing: BankHTTP2Client

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
        multiplexing = BankHTTP2Client(address, timeoutMilliseconds: timeoutMilliseconds)
    }

    func close() {
        keeping.closeIdle()
        multiplexing.close()
    }

    func call(
        _ callee: BankService, _ kind: CallKind, payment: String, traceparent: String, bodyBytes: Int
    ) async -> Call {
        let number = chronicle.nextNumber()
        var call = Call(
            id: "\(caller?.rawValue ?? "customer")-c\(number)", caller: caller, callee: callee, payment: payment,
            trace: String(traceparent.dropFirst(3).prefix(32)), kind: kind, from: Chronicle.now())
        var headers: HTTPHeaders = [
            "host": callee.host, BankHeader.payment: payment, BankHeader.trace: traceparent,
        ]
        var body = ByteBuffer()
        if kind != .read {
            body = Self.body(payment, bytes: bodyBytes, kind)
            headers.add(name: BankHeader.bodyBytes, value: String(bodyBytes))
        }
        if kind.hasKey { headers.add(name: BankHeader.idempotencyKey, value: call.id) }
        let path = "/\(kind.rawValue)/\(call.id)"
        if kind.isRPC || number.isMultiple(of: 2) {
            call.outcome = await overHTTP2(kind, path, headers, body)
        } else {
            call.outcome = await overHTTP1(kind, path, headers, body)
        }
        call.to = Chronicle.now()
        chronicle.add(call)
        return call
    }

    private func overHTTP1(
        _ kind: CallKind, _ path: String, _ headers: HTTPHeaders, _ body: ByteBuffer
    ) async -> Call.Outcome {
        do {
            let response = try await (kind == .read ? fresh : keeping).execute(
                HTTPMethod(rawValue: kind.method), "http://\(address)\(path)", headers: headers, body: body)
            return .answered(
                status: response.status, body: response.text, flag: response.headers.first(name: BankHeader.flag))
        } catch {
            return error.code == .timeout ? .silent : .broken(error.description)
        }
    }

    private func overHTTP2(
        _ kind: CallKind, _ path: String, _ headers: HTTPHeaders, _ body: ByteBuffer
    ) async -> Call.Outcome {
        var head = HTTPRequestHead(
            version: .http2, method: HTTPMethod(rawValue: kind.method), uri: path, headers: headers)
        if kind.isRPC {
            head.headers.add(contentsOf: ["content-type": "application/grpc", "te": "trailers"])
        } else if kind != .read {
            head.headers.add(name: "content-length", value: String(body.readableBytes))
        }
        do {
            let reply = try await multiplexing.execute(head, body)
            let flag = reply.headers.first(name: BankHeader.flag)
            guard kind.isRPC else {
                return .answered(status: reply.status, body: String(buffer: reply.body), flag: flag)
            }
            let code = (reply.trailers ?? reply.headers).first(name: "grpc-status").flatMap { Int($0) }
            guard let code else { return .broken("a gRPC answer without grpc-status") }
            let text = code == 0 ? BankRPC.message(reply.body) : ""
            return .answered(status: BankRPC.status(of: code), body: text ?? "no single message", flag: flag)
        } catch is BankHTTP2Client.Silence {
            return .silent
        } catch {
            return .broken("\(error)")
        }
    }

    /// What a request for a payment carries: bytes that a service can tell from others'.
    static func body(_ payment: String, bytes: Int, _ kind: CallKind) -> ByteBuffer {
        let pattern = Array(payment.utf8)
        var body = ByteBufferAllocator().buffer(capacity: bytes)
        if kind == .read { return body }
        for index in 0..<bytes { body.writeInteger(pattern[index % pattern.count]) }
        return kind.isRPC ? BankRPC.framed(body) : body
    }
}
