import Telemetry

/// Cuts a stream of bytes into frames and reads them: one end of one connection.
package struct FrameDecoder: ~Copyable {
    /// One frame as its receiver needs it.
    package enum Frame: Sendable {
        case control(ControlFrame)
        case submission(WireSubmission)
        case dictionaryReset
        /// A type that this version does not know.
        case unknown(FrameType)
    }

    let limits: WireLimits
    var batches: BatchDecoder
    private var decompressed = ByteSink()
    var sawPreamble = false
    /// The sequence of the frame at hand once it is read; tells an ERROR what caused it.
    package private(set) var currentSequence: UInt64 = 0

    package init(limits: WireLimits) {
        self.limits = limits
        batches = BatchDecoder(limits: limits)
    }

    /// How many bytes the next preamble or frame takes when its start is in `bytes`; `nil` when there is too little to
    /// tell. Refuses what can never become a frame, however little of it there is.
    package func frameLength(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> Int? {
        if !sawPreamble {
            try Preamble.check(bytes)
            return bytes.count >= Preamble.size ? Preamble.size : nil
        }
        guard bytes.count >= FrameHeader.size else { return nil }
        let length = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
        guard length <= limits.maximumFrameBytes else {
            throw WireError(
                .limitExceeded, field: "payload length", offset: 4,
                expected: "at most \(limits.maximumFrameBytes), not \(length)")
        }
        return FrameHeader.size + length
    }

    /// Reads exactly the bytes that `frameLength` asked for; `nil` for the preamble.
    package mutating func next(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> Frame? {
        currentSequence = 0
        if !sawPreamble {
            sawPreamble = true
            return nil
        }
        let payload = UnsafeRawBufferPointer(rebasing: bytes[FrameHeader.size...])
        let stored = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
        let sum = FrameHeader.checksum(UnsafeRawBufferPointer(rebasing: bytes[..<8]), payload)
        guard sum == stored else {
            throw WireError(.checksumMismatch, field: "checksum", offset: 8, expected: "\(sum), not \(stored)")
        }
        let type = FrameType(rawValue: bytes[0])
        let flags = bytes[1]
        guard flags & ~FrameHeader.compressedFlag == 0 else {
            throw WireError(.malformedFrame, field: "frame flags", offset: 1, expected: "0 or 1, not \(flags)")
        }
        if flags == 0 { return try frame(type, payload, wireBytes: bytes.count) }
        try Compression.decompress(payload, into: &decompressed, limit: limits.maximumFrameBytes)
        var inflated = ByteSink(capacity: 0)
        swap(&inflated, &decompressed)
        defer { swap(&inflated, &decompressed) }
        return try frame(type, inflated.buffer, wireBytes: bytes.count)
    }

    private mutating func frame(
        _ type: FrameType, _ payload: UnsafeRawBufferPointer, wireBytes: Int
    ) throws(WireError) -> Frame {
        var cursor = ByteCursor(payload)
        if let control = try ControlFrame.read(type, &cursor) { return .control(control) }
        let content: WireSubmission.Content
        switch type {
        case .spans:
            try readSequence(&cursor)
            let batch = try batches.decode(&cursor)
            guard batch.memoryBytes <= limits.maximumDecodedBytes else {
                throw WireError(
                    .limitExceeded, field: "batch", offset: cursor.offset,
                    expected: "at most \(limits.maximumDecodedBytes) decoded bytes, not \(batch.memoryBytes)")
            }
            content = .spans(batch)
        case .metrics:
            try readSequence(&cursor)
            content = .metrics(try MetricCoding.decode(&cursor, limits: limits))
        case .losses:
            try readSequence(&cursor)
            content = .losses(try LossCoding.decode(&cursor, limits: limits))
        case .dictionaryReset:
            batches.reset()
            return .dictionaryReset
        default: return .unknown(type)
        }
        return .submission(WireSubmission(sequence: currentSequence, content: content, wireBytes: wireBytes))
    }

    private mutating func readSequence(_ cursor: inout ByteCursor) throws(WireError) {
        let sequence = try cursor.varint("sequence")
        guard sequence > 0, sequence <= UInt64(Int64.max) else {
            throw cursor.failure("sequence", "1 to 2^63 - 1")
        }
        currentSequence = sequence
    }
}
