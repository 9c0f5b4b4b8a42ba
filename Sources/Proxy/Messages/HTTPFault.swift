/// Why bytes from a peer are not a message this proxy forwards: a code for counters, the status that answers it, and
/// one sentence for a person.
package struct HTTPFault: Error, Equatable {
    package enum Code: String, Sendable, CaseIterable {
        case malformedRequestLine = "malformed_request_line"
        case malformedStatusLine = "malformed_status_line"
        case malformedField = "malformed_field"
        case bareLineFeed = "bare_line_feed"
        case obsoleteFolding = "obsolete_folding"
        case headTooLarge = "head_too_large"
        case tooManyFields = "too_many_fields"
        case unsupportedVersion = "unsupported_version"
        case unsupportedTransferEncoding = "unsupported_transfer_encoding"
        case conflictingLengths = "conflicting_lengths"
        case malformedLength = "malformed_length"
        case hostMissing = "host_missing"
        case hostRepeated = "host_repeated"
        case malformedHost = "malformed_host"
        case malformedTarget = "malformed_target"
        case malformedChunk = "malformed_chunk"
        case trailersTooLarge = "trailers_too_large"
        case unexpectedUpgrade = "unexpected_upgrade"
        case unsolicitedResponse = "unsolicited_response"
        case bodyTooLarge = "body_too_large"
        case http2Protocol = "http2_protocol"
        case http2FlowControl = "http2_flow_control"
        case http2FrameSize = "http2_frame_size"
        case http2Compression = "http2_compression"
        case http2Flood = "http2_flood"
        case http2TooManyStreams = "http2_too_many_streams"
    }

    package var code: Code
    /// The status to answer with when the fault is the client's.
    package var status: Int
    package var sentence: String

    package init(_ code: Code, status: Int = 400, _ sentence: String) {
        self.code = code
        self.status = status
        self.sentence = sentence
    }
}
