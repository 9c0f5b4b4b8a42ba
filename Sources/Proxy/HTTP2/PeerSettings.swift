import NIOCore

/// What the other end has said in its SETTINGS (RFC 9113 §6.5.2).
struct PeerSettings {
    var maximumStreams = Int.max
    var initialWindow = 65_535
    var maximumFrameBytes = 16_384
    var takesExtendedConnect = false
    var headerTableBytes = 4_096

    /// Identifiers, as they are written.
    static let headerTableSize: UInt16 = 1
    static let enablePush: UInt16 = 2
    static let maximumConcurrentStreams: UInt16 = 3
    static let initialWindowSize: UInt16 = 4
    static let maximumFrameSize: UInt16 = 5
    static let maximumHeaderListSize: UInt16 = 6
    static let enableConnectProtocol: UInt16 = 8

    /// Takes one SETTINGS payload; a fault when a value is out of its range.
    mutating func read(_ payload: inout ByteBuffer, fromClient: Bool) -> HTTP2Fault? {
        while let (identifier, value) = payload.readMultipleIntegers(as: (UInt16, UInt32).self) {
            switch identifier {
            case Self.headerTableSize: headerTableBytes = Int(value)
            case Self.enablePush:
                guard value == 0 || value == 1 && fromClient else {
                    return HTTP2Fault(.protocolError, "SETTINGS_ENABLE_PUSH is \(value)")
                }
            case Self.maximumConcurrentStreams: maximumStreams = Int(value)
            case Self.initialWindowSize:
                guard value <= 0x7FFF_FFFF else {
                    return HTTP2Fault(.flowControlError, "SETTINGS_INITIAL_WINDOW_SIZE is over 2^31-1")
                }
                initialWindow = Int(value)
            case Self.maximumFrameSize:
                guard (16_384...16_777_215).contains(value) else {
                    return HTTP2Fault(.protocolError, "SETTINGS_MAX_FRAME_SIZE is \(value), not 2^14 to 2^24-1")
                }
                maximumFrameBytes = Int(value)
            case Self.enableConnectProtocol:
                guard value <= 1 else {
                    return HTTP2Fault(.protocolError, "SETTINGS_ENABLE_CONNECT_PROTOCOL is \(value)")
                }
                takesExtendedConnect = value == 1
            default: break
            }
        }
        return nil
    }
}
