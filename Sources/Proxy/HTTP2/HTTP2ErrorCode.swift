/// RFC 9113 §7.
enum HTTP2ErrorCode: UInt32, Sendable {
    case noError = 0
    case protocolError
    case internalError
    case flowControlError
    case settingsTimeout
    case streamClosed
    case frameSizeError
    case refusedStream
    case cancel
    case compressionError
    case connectError
    case enhanceYourCalm
    case inadequateSecurity
    case http11Required
}

/// Why a whole connection cannot go on.
struct HTTP2Fault: Error {
    var code: HTTP2ErrorCode
    var sentence: String

    init(_ code: HTTP2ErrorCode, _ sentence: String) {
        self.code = code
        self.sentence = sentence
    }

    var faultCode: HTTPFault.Code {
        switch code {
        case .flowControlError: .http2FlowControl
        case .compressionError: .http2Compression
        case .enhanceYourCalm: .http2Flood
        case .frameSizeError: .http2FrameSize
        default: .http2Protocol
        }
    }
}
