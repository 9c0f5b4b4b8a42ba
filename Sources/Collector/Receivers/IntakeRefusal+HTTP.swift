import Interop
import NIOHTTP1

extension IntakeRefusal {
    /// The status that HTTP doors answer with: of these OTLP senders repeat 429 and 503.
    var httpStatus: HTTPResponseStatus {
        switch kind {
        case .malformed: .badRequest
        case .tooLarge: .payloadTooLarge
        case .overShare: .tooManyRequests
        case .busy, .unavailable: .serviceUnavailable
        }
    }
}

extension RPCStatus {
    /// The body of an OTLP/HTTP error, by its status.
    init(httpStatus: Int, message: String) {
        let code: Code =
            switch httpStatus {
            case 400, 413, 414, 415, 431: .invalidArgument
            case 401: .unauthenticated
            case 404, 405: .unimplemented
            case 429: .resourceExhausted
            case 408, 503: .unavailable
            default: .internal
            }
        self.init(code: code, message: message)
    }
}
