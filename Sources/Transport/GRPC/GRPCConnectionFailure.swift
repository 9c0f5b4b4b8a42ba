import NIOHTTP2

/// Notices when HTTP/2 gives a connection up: only a GOAWAY with an error tells that from an error of one stream.
final class GRPCConnectionFailure: NIOHTTP2FrameDelegate {
    private(set) var hasHappened = false

    func wroteFrame(_ frame: HTTP2Frame) {
        if case .goAway(_, let code, _) = frame.payload, code != .noError { hasHappened = true }
    }
}
