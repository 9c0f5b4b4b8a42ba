import NIOCore

/// The nine bytes before each frame's payload (RFC 9113 §4.1).
struct FrameHeader {
    enum Kind: UInt8 {
        case data = 0
        case headers
        case priority
        case resetStream
        case settings
        case pushPromise
        case ping
        case goAway
        case windowUpdate
        case continuation
    }

    static let length = 9
    static let endStream: UInt8 = 0x1
    static let acknowledgement: UInt8 = 0x1
    static let endHeaders: UInt8 = 0x4
    static let padded: UInt8 = 0x8
    static let priorityIncluded: UInt8 = 0x20

    var length: Int
    /// `nil` for kinds that this proxy does not know, which are skipped.
    var kind: Kind?
    var flags: UInt8
    var streamID: Int32

    /// The header at the front of `buffer`; `nil` while it is not complete.
    init?(_ buffer: ByteBuffer) {
        let start = buffer.readerIndex
        guard let high = buffer.getInteger(at: start, as: UInt32.self),
            let flags = buffer.getInteger(at: start + 4, as: UInt8.self),
            let stream = buffer.getInteger(at: start + 5, as: UInt32.self)
        else { return nil }
        length = Int(high >> 8)
        kind = Kind(rawValue: UInt8(truncatingIfNeeded: high))
        self.flags = flags
        streamID = Int32(bitPattern: stream & 0x7FFF_FFFF)
    }

    func has(_ flag: UInt8) -> Bool { flags & flag != 0 }
}

extension ByteBuffer {
    mutating func writeFrameHeader(_ kind: FrameHeader.Kind, length: Int, flags: UInt8 = 0, stream: Int32 = 0) {
        writeMultipleIntegers(UInt32(length) << 8 | UInt32(kind.rawValue), flags, UInt32(bitPattern: stream))
    }
}
