import Interop
import NIOCore
import NIOHTTP1
import Telemetry

/// OTLP/HTTP: `POST /v1/traces`, protobuf, gzip or not. Success is answered when the spans are durable, not before.
///
/// Refusals follow the OTLP specification: bad data is 400 and must not be sent again; a collector that is full
/// answers 503 with `Retry-After`; the body of an error is a `google.rpc.Status`.
final class OTLPTraceService: HTTPService {
    private let intake: TraceIntake
    private let access: AccessPolicy
    private let requestBytes: Int
    private let format: TraceFormat
    private let metrics: CollectorMetrics

    init(
        intake: TraceIntake, access: AccessPolicy, limits: CollectorConfiguration.Limits, metrics: CollectorMetrics
    ) {
        self.intake = intake
        self.access = access
        requestBytes = limits.requestBytes
        format = .otlpProtobuf(limits.otlp)
        self.metrics = metrics
    }

    func bodyLimit(_ head: HTTPRequestHead) -> Int { requestBytes }

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
        guard ContentCoding(field: head.headers.first(name: "Content-Encoding")) != nil else {
            return count(
                .mediaType, failure(.unsupportedMediaType, "Content-Encoding must be gzip, deflate or identity."))
        }
        return intake.refusalBeforeBody().map(answer)
    }

    func respond(to request: HTTPRequest, reply: @escaping @Sendable (HTTPAnswer) -> Void) {
        let coding = ContentCoding(field: request.headers.first(name: "Content-Encoding")) ?? .identity
        let spans = TraceRequest(
            door: .otlpHTTP, principal: request.principal, format: format, coding: coding, body: request.body)
        intake.take(spans) { [self] result in
            switch result {
            case .success(let outcome): reply(success(outcome))
            case .failure(let refusal): reply(answer(refusal))
            }
        }
    }

    func failure(_ status: HTTPResponseStatus, _ message: String) -> HTTPAnswer {
        HTTPAnswer(
            status: status, contentType: "application/x-protobuf",
            body: ByteBuffer(bytes: RPCStatus(httpStatus: Int(status.code), message: message).protobuf))
    }

    private func answer(_ refusal: IntakeRefusal) -> HTTPAnswer {
        let answer = failure(refusal.httpStatus, refusal.message)
        return refusal.retryAfterSeconds.map { answer.retry(afterSeconds: $0) } ?? answer
    }

    private func success(_ outcome: OTLPDecodeOutcome) -> HTTPAnswer {
        HTTPAnswer(
            status: .ok, contentType: "application/x-protobuf",
            body: ByteBuffer(bytes: OTLPResponse.traceExport(outcome)))
    }

    private func count(_ reason: CollectorMetrics.RefusalReason, _ answer: HTTPAnswer) -> HTTPAnswer {
        metrics.refused(reason)
        return answer
    }
}
