import Interop
import NIOCore
import NIOHTTP1
import Telemetry

/// The OTLP/HTTP listener: `POST /v1/traces` and `/v1/metrics` in protobuf and JSON, and Zipkin's `POST /api/v2/spans`.
/// Success is answered when what was sent is durable, not before, in the encoding of the request.
///
/// Refusals follow the OTLP specification: bad data is 400 and must not be sent again; a collector that is full
/// answers 503 with `Retry-After`; the body of an error is a `google.rpc.Status`.
final class ReceiverService: HTTPService {
    private let intake: TraceIntake
    private let metricReceiver: MetricReceiver
    private let access: AccessPolicy
    private let requestBytes: Int
    private let protobuf: TraceFormat
    private let json: TraceFormat
    private let zipkin: TraceFormat
    private let metricProtobuf: MetricFormat
    private let metricJSON: MetricFormat
    private let metrics: CollectorMetrics

    init(
        intake: TraceIntake, metricReceiver: MetricReceiver, access: AccessPolicy,
        limits: CollectorConfiguration.Limits, metrics: CollectorMetrics
    ) {
        self.intake = intake
        self.metricReceiver = metricReceiver
        self.access = access
        requestBytes = limits.requestBytes
        protobuf = .otlpProtobuf(limits.otlp)
        json = .otlpJSON(limits.otlp)
        zipkin = .zipkinJSON(limits.otlp)
        metricProtobuf = .otlpProtobuf(limits.otlpMetrics)
        metricJSON = .otlpJSON(limits.otlpMetrics)
        self.metrics = metrics
    }

    func bodyLimit(_ head: HTTPRequestHead) -> Int { requestBytes }

    func principal(_ head: HTTPRequestHead) -> String { access.principal(head) ?? "anonymous" }

    func refusal(_ head: HTTPRequestHead) -> HTTPAnswer? {
        guard let route = ReceiverRoute(target: head.uri) else {
            return count(.path, failure(.notFound, unknown(head.uri), to: head))
        }
        let type = head.headers.first(name: "Content-Type")
        let encoding = route.encoding(contentType: type)
        let answers = route.answers(contentType: type)
        guard head.method == .POST else {
            var answer = answers.failure(
                .methodNotAllowed, "\(route.content) are sent with POST, not \(head.method.rawValue).")
            answer.headers.add(name: "Allow", value: "POST")
            return count(.method, answer)
        }
        if let refusal = access.refusal(head) {
            var answer = answers.failure(
                .unauthorized, "This listener wants a bearer token in the Authorization header.")
            answer.headers.add(contentsOf: refusal.headers.filter { $0.name == "WWW-Authenticate" })
            return count(.token, answer)
        }
        guard route != .logs else {
            return count(
                .path,
                answers.failure(
                    .notFound,
                    "Waybill keeps traces and metrics, not logs; send logs elsewhere, or switch their exporter off."))
        }
        guard encoding != nil else {
            return count(.mediaType, answers.failure(.unsupportedMediaType, route.encodings))
        }
        guard ContentCoding(field: head.headers.first(name: "Content-Encoding")) != nil else {
            return count(
                .mediaType,
                answers.failure(.unsupportedMediaType, "Content-Encoding must be gzip, deflate or identity."))
        }
        return intake.refusalBeforeBody().map(answers.failure)
    }

    func respond(to request: HTTPRequest, reply: @escaping @Sendable (HTTPAnswer) -> Void) {
        let coding = ContentCoding(field: request.headers.first(name: "Content-Encoding")) ?? .identity
        let type = request.headers.first(name: "Content-Type")
        let path = "/" + request.segments.joined(separator: "/")
        guard let route = ReceiverRoute(rawValue: path), let encoding = route.encoding(contentType: type) else {
            return reply(ReceiverEncoding.of(contentType: type).failure(.notFound, unknown(path)))
        }
        if route == .metrics {
            let points = MetricRequest(
                door: .otlpHTTP, principal: request.principal,
                format: encoding == .json ? metricJSON : metricProtobuf, coding: coding, body: request.body,
                isAbandoned: request.isAbandoned)
            return metricReceiver.take(points) { result in
                switch result {
                case .success(let outcome): reply(encoding.success(outcome))
                case .failure(let refusal): reply(encoding.failure(refusal))
                }
            }
        }
        let format = route == .zipkin ? zipkin : encoding == .json ? json : protobuf
        let spans = TraceRequest(
            door: route == .zipkin ? .zipkin : .otlpHTTP, principal: request.principal, format: format, coding: coding,
            body: request.body, isAbandoned: request.isAbandoned)
        intake.take(spans) { result in
            switch result {
            case .success(let outcome): reply(encoding.success(outcome))
            case .failure(let refusal): reply(encoding.failure(refusal))
            }
        }
    }

    func failure(_ status: HTTPResponseStatus, _ message: String, to head: HTTPRequestHead) -> HTTPAnswer {
        let type = head.headers.first(name: "Content-Type")
        let encoding = ReceiverRoute(target: head.uri)?.answers(contentType: type) ?? .of(contentType: type)
        return encoding.failure(status, message)
    }

    private func unknown(_ target: String) -> String {
        "There is nothing at \(target.prefix { $0 != "?" }.prefix(100)) here; traces go to POST /v1/traces, metrics to "
            + "/v1/metrics, Zipkin's spans to /api/v2/spans."
    }

    private func count(_ reason: CollectorMetrics.RefusalReason, _ answer: HTTPAnswer) -> HTTPAnswer {
        metrics.refused(reason)
        return answer
    }
}
