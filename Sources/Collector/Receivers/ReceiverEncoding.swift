import Interop
import NIOCore
import NIOHTTP1

/// How a request is encoded, and so its answer.
enum ReceiverEncoding {
    case protobuf
    case json
    /// Zipkin's: JSON in, sentences out.
    case plain

    /// Of a body of this `Content-Type`; `nil` for one that is neither. Its parameters, as `charset`, say nothing about
    /// either: JSON is UTF-8.
    init?(contentType: String?) {
        let type = contentType?.prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" }
        switch type {
        case "application/x-protobuf", "application/protobuf": self = .protobuf
        case "application/json": self = .json
        default: return nil
        }
    }

    /// What a sender of this type reads; where that says nothing, OTLP's default.
    static func of(contentType: String?) -> ReceiverEncoding { ReceiverEncoding(contentType: contentType) ?? .protobuf }

    /// The answer to a request that is refused: a `google.rpc.Status` to senders of OTLP.
    func failure(_ status: HTTPResponseStatus, _ message: String) -> HTTPAnswer {
        let body = RPCStatus(httpStatus: Int(status.code), message: message)
        switch self {
        case .protobuf: return answer(status, body.protobuf)
        case .json: return answer(status, body.json)
        case .plain: return .text(status, message)
        }
    }

    func failure(_ refusal: IntakeRefusal) -> HTTPAnswer {
        let answer = failure(refusal.httpStatus, refusal.message)
        return refusal.retryAfterSeconds.map { answer.retry(afterSeconds: $0) } ?? answer
    }

    func answer(_ status: HTTPResponseStatus, _ body: [UInt8]) -> HTTPAnswer {
        let type = self == .protobuf ? "application/x-protobuf" : "application/json"
        return HTTPAnswer(status: status, contentType: type, body: ByteBuffer(bytes: body))
    }

    /// What the sender of spans is told when those that were accepted are durable. Zipkin has no answer for some: its
    /// senders learn of them when there is nothing else to say.
    func success(_ outcome: OTLPDecodeOutcome) -> HTTPAnswer {
        switch self {
        case .protobuf: return answer(.ok, OTLPResponse.traceExport(outcome))
        case .json:
            return answer(
                .ok,
                OTLPResponse.traceExportJSON(
                    rejectedSpans: outcome.rejected, message: outcome.firstRejection ?? ""))
        case .plain:
            guard outcome.rejected > 0 else {
                return HTTPAnswer(status: .accepted, contentType: "text/plain", body: ByteBuffer())
            }
            let sentence =
                "\(outcome.rejected) of \(outcome.rejected + outcome.accepted) spans were left out, the first for "
                + "this: \(outcome.firstRejection ?? "")"
            return .text(outcome.accepted == 0 ? .badRequest : .accepted, sentence)
        }
    }

    /// What the sender of metrics is told.
    func success(_ outcome: MetricIntakeOutcome) -> HTTPAnswer {
        let (rejected, reason) = (outcome.rejected, outcome.firstRejection ?? "")
        return answer(
            .ok,
            self == .protobuf
                ? OTLPResponse.metricsExport(rejectedPoints: rejected, message: reason)
                : OTLPResponse.metricsExportJSON(rejectedPoints: rejected, message: reason))
    }
}
