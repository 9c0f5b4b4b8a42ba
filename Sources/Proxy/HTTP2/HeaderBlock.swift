import NIOCore

/// A header block that arrives in a HEADERS frame and any number of CONTINUATION frames, within bounds.
struct HeaderBlock {
    static let maximumFrames = 16

    let streamID: Int32
    let endsStream: Bool
    private(set) var bytes: ByteBuffer
    private var frames = 1

    init(streamID: Int32, endsStream: Bool, bytes: ByteBuffer) {
        self.streamID = streamID
        self.endsStream = endsStream
        self.bytes = bytes
    }

    /// Appends a CONTINUATION; a fault when the block gets too long.
    mutating func add(_ piece: ByteBuffer, maximumBytes: Int) -> HTTP2Fault? {
        frames += 1
        guard frames <= Self.maximumFrames, bytes.readableBytes + piece.readableBytes <= maximumBytes else {
            return HTTP2Fault(
                .enhanceYourCalm,
                "a header block is longer than \(maximumBytes) bytes or \(Self.maximumFrames) frames")
        }
        bytes.writeImmutableBuffer(piece)
        return nil
    }
}
