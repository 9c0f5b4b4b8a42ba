import Interop
import NIOCore
import NIOHTTP1

/// What the OTLP/HTTP listener takes, by path.
enum ReceiverRoute: String, CaseIterable {
    case traces = "/v1/traces"
    case logs = "/v1/logs"
    case zipkin = "/api/v2/spans"

    /// The route of a request target, its query aside.
    init?(target: String) { self.init(rawValue: String(target.prefix { $0 != "?" })) }

    /// What is sent there.
    var content: String {
        switch self {
        case .traces: "Traces"
        case .logs: "Logs"
        case .zipkin: "Zipkin's spans"
        }
    }

    /// How a body of this `Content-Type` is encoded; `nil` where the route does not take it. Parameters of the type, as
    /// `charset`, say nothing about either encoding: JSON is UTF-8.
    func encoding(contentType: String?) -> ReceiverEncoding? {
        let type = contentType?.prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" }
        switch (self, type) {
        case (.zipkin, nil), (.zipkin, "application/json"): return .plain
        case (.zipkin, _): return nil
        case (_, "application/x-protobuf"), (_, "application/protobuf"): return .protobuf
        case (_, "application/json"): return .json
        default: return nil
        }
    }

    /// What to say to a sender of another type.
    var encodings: String {
        self == .zipkin
            ? "Zipkin's spans are taken as application/json, version 2."
            : "\(content) are taken as application/x-protobuf or application/json; set the exporter's protocol to "
                + "http/protobuf or http/json."
    }
}

/// How a request is encoded, and so its answer.
enum ReceiverEncoding {
    case protobuf
    case json
    /// Zipkin's: JSON in, sentences out.
    case plain

    /// What answers are in when a request's type says nothing: OTLP's default.
    static let standard = ReceiverEncoding.protobuf

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
}
