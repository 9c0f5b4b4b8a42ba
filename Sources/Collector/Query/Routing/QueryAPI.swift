import Interop
import NIOHTTP1

/// The APIs that this listener speaks. Each words its errors as its own clients read them.
enum QueryAPI: String, Sendable, CaseIterable {
    case waybill, jaeger, jaegerV3, tempo, zipkin

    func failure(_ refusal: QueryRefusal) -> HTTPAnswer {
        switch self {
        case .waybill: .error(refusal.status, code: refusal.code, refusal.message)
        case .jaeger:
            .json(
                refusal.status,
                JaegerJSON.failure(JaegerJSON.Problem(code: Int(refusal.status.code), message: refusal.message)))
        case .jaegerV3: .json(refusal.status, JaegerV3JSON.failure(Int(refusal.status.code), refusal.message))
        case .tempo, .zipkin: .text(refusal.status, refusal.message)
        }
    }
}
