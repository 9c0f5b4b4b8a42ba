import Interop
import NIOCore
import NIOHTTP1
import NIOPosix
import Storage
import Telemetry

/// OTLP/HTTP: `POST /v1/traces`, protobuf, gzip or not. Success is answered when the spans are durable, not before.
///
/// Refusals follow the OTLP specification: bad data is 400 and must not be sent again; a collector that is full
/// answers 503 with `Retry-After`; the body of an error is a `google.rpc.Status`.
final class OTLPTraceService: HTTPService {
    /// Larger bodies are decoded away from the event loop, so that one sender's does not delay the others.
    private static let inlineDecodeBytes = 256 << 10

    private let store: Store
    private let access: AccessPolicy
    private let limits: CollectorConfiguration.Limits
    /// The store takes no larger batch, as it lies in memory.
    private let largestBatchBytes: Int
    private let metrics: CollectorMetrics
    private let pool: NIOThreadPool
    private let clock: @Sendable () -> UInt64

    init(
        store: Store, access: AccessPolicy, configuration: CollectorConfiguration, metrics: CollectorMetrics,
        pool: NIOThreadPool, clock: @escaping @Sendable () -> UInt64
    ) {
        self.store = store
        self.access = access
        limits = configuration.limits
        largestBatchBytes = configuration.store.maximumSubmissionBytes
        self.metrics = metrics
        self.pool = pool
        self.clock = clock
    }

    func bodyLimit(_ head: HTTPRequestHead) -> Int { limits.requestBytes }

    func principal(_ head: HTTPRequestHead) -> String { access.principal(head) ?? "anonymous" }

    func refusal(_ head: HTTPRequestHead) -> HTTPAnswer? {
        let path = head.uri.prefix { $0 != "?" }
        guard path == "/v1/traces" else {
            return count(
                .path,
                failure(.notFound, "There is nothing at \(path.prefix(100)) here; traces go to POST /v1/traces."))
        }
        guard head.method == .POST else {
            var answer = failure(.methodNotAllowed, "Traces are sent with POST, not \(head.method.rawValue).")
            answer.headers.add(name: "Allow", value: "POST")
            return count(.method, answer)
        }
        if let refusal = access.refusal(head) { return count(.token, refusal) }
        let type = head.headers.first(name: "Content-Type")?.lowercased().prefix { $0 != ";" } ?? ""
        guard type.trimmingPrefix(" ") == "application/x-protobuf" else {
            return count(
                .mediaType,
                failure(
                    .unsupportedMediaType,
                    "Traces are taken as application/x-protobuf; set the exporter's protocol to http/protobuf."))
        }
        let encoding = head.headers.first(name: "Content-Encoding")?.lowercased() ?? "identity"
        guard ["identity", "gzip", "deflate"].contains(encoding) else {
            return count(
                .mediaType, failure(.unsupportedMediaType, "Content-Encoding must be gzip, deflate or identity."))
        }
        guard store.admits(bytes: 0) else { return count(.busy, busy()) }
        return nil
    }

    func respond(to request: HTTPRequest, reply: @escaping @Sendable (HTTPAnswer) -> Void) {
        let received = clock()
        // A small compressed body may be a large one.
        let isPlain = !request.headers.contains(name: "Content-Encoding")
        if isPlain, request.body.readableBytes <= Self.inlineDecodeBytes {
            take(request, received: received, reply: reply)
        } else {
            pool.submit { [self] state in
                guard case .active = state else {
                    return reply(failure(.serviceUnavailable, "The collector is stopping.").retry(afterSeconds: 1))
                }
                take(request, received: received, reply: reply)
            }
        }
    }

    func failure(_ status: HTTPResponseStatus, _ message: String) -> HTTPAnswer {
        let code: RPCStatus.Code =
            switch status.code {
            case 400, 413, 414, 415, 431: .invalidArgument
            case 401: .unauthenticated
            case 404, 405: .unimplemented
            case 429: .resourceExhausted
            case 408, 503: .unavailable
            default: .internal
            }
        return HTTPAnswer(
            status: status, contentType: "application/x-protobuf",
            body: ByteBuffer(bytes: RPCStatus(code: code, message: message).protobuf))
    }

    private func take(_ request: HTTPRequest, received: UInt64, reply: @escaping @Sendable (HTTPAnswer) -> Void) {
        var batch = SpanBatch()
        let outcome: OTLPDecodeOutcome
        switch decode(request, into: &batch) {
        case .success(let decoded): outcome = decoded
        case .failure(let refusal): return reply(count(refusal.reason, refusal.answer))
        }
        metrics.otlpRejectedSpans.increment(by: outcome.rejected)
        guard outcome.accepted > 0 else { return reply(success(outcome)) }
        guard batch.memoryBytes <= largestBatchBytes else {
            return reply(
                count(
                    .store,
                    failure(
                        .payloadTooLarge,
                        "The request's spans take \(batch.memoryBytes) bytes in memory, more than the limit of "
                            + "\(largestBatchBytes); send fewer at once.")))
        }
        guard store.admits(bytes: batch.memoryBytes) else { return reply(count(.busy, busy())) }
        let submission = Submission(
            spans: batch,
            provenance: Provenance(door: .otlpHTTP, principal: request.principal, receivedNanoseconds: received))
        store.append(submission) { [self] result in
            switch result {
            case .success:
                metrics.otlpAcceptedSpans.increment(by: outcome.accepted)
                reply(success(outcome))
            case .failure(let error) where error.code == .tooLarge:
                reply(count(.store, failure(.payloadTooLarge, error.message)))
            case .failure(let error):
                reply(count(.store, failure(.serviceUnavailable, error.message).retry(afterSeconds: 5)))
            }
        }
    }

    private struct Refusal: Error {
        var reason: CollectorMetrics.RefusalReason
        var answer: HTTPAnswer
    }

    private func decode(_ request: HTTPRequest, into batch: inout SpanBatch) -> Result<OTLPDecodeOutcome, Refusal> {
        func decode(_ bytes: UnsafeRawBufferPointer) -> Result<OTLPDecodeOutcome, Refusal> {
            var decoder = OTLPTraceDecoder(limits: OTLPLimits(maximumBytes: limits.inflatedBytes))
            do {
                return .success(try decoder.decode(bytes, into: &batch))
            } catch {
                let status: HTTPResponseStatus = error.code == .limitExceeded ? .payloadTooLarge : .badRequest
                return .failure(Refusal(reason: .malformed, answer: failure(status, error.message)))
            }
        }
        let encoding = request.headers.first(name: "Content-Encoding")?.lowercased() ?? "identity"
        guard encoding != "identity" else { return request.body.withUnsafeReadableBytes(decode) }
        do {
            let inflated = try request.body.withUnsafeReadableBytesTyped { bytes throws(Gzip.Failure) in
                try Gzip.inflate(bytes, limit: limits.inflatedBytes)
            }
            return inflated.withUnsafeBytes(decode)
        } catch {
            switch error {
            case .tooLarge(let limit):
                return .failure(
                    Refusal(
                        reason: .inflated,
                        answer: failure(
                            .payloadTooLarge, "The request inflates to more than the limit of \(limit) bytes.")))
            case .malformed(let offset):
                return .failure(
                    Refusal(
                        reason: .malformed,
                        answer: failure(.badRequest, "The compressed body is not valid \(encoding) at byte \(offset)."))
                )
            case .outOfMemory:
                return .failure(Refusal(reason: .busy, answer: busy()))
            case .truncated:
                return .failure(
                    Refusal(
                        reason: .malformed,
                        answer: failure(.badRequest, "The compressed body ends before its \(encoding) stream does.")))
            }
        }
    }

    private func success(_ outcome: OTLPDecodeOutcome) -> HTTPAnswer {
        HTTPAnswer(
            status: .ok, contentType: "application/x-protobuf",
            body: ByteBuffer(bytes: OTLPResponse.traceExport(outcome)))
    }

    private func busy() -> HTTPAnswer {
        failure(.serviceUnavailable, "The collector holds as many unsealed spans as it may; try again shortly.")
            .retry(afterSeconds: 1)
    }

    private func count(_ reason: CollectorMetrics.RefusalReason, _ answer: HTTPAnswer) -> HTTPAnswer {
        metrics.refused(reason)
        return answer
    }
}

extension ByteBuffer {
    /// `withUnsafeReadableBytes` that keeps the error's type.
    func withUnsafeReadableBytesTyped<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        let result: Result<R, E> = withUnsafeReadableBytes { bytes in
            do throws(E) { return .success(try body(bytes)) } catch { return .failure(error) }
        }
        return try result.get()
    }
}
