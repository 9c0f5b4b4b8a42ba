import Telemetry

/// Writes the frames of one end of one connection.
package struct FrameEncoder: ~Copyable {
    let limits: WireLimits
    let compression: Bool
    var batches: BatchEncoder
    var output = ByteSink()
    private var scratch = ByteSink()
    private var scratchBody = ByteSink()

    package init(limits: WireLimits, compression: Bool) {
        self.limits = limits
        self.compression = compression
        batches = BatchEncoder(limits: limits)
    }

    /// The frames written since the last call.
    package mutating func take() -> [UInt8] {
        let bytes = output.array
        output.removeAll()
        return bytes
    }

    /// How many bytes are written and not taken.
    package var pendingBytes: Int { output.count }

    /// Valid until the next change.
    package var pending: UnsafeRawBufferPointer { output.buffer }

    package mutating func removeAll() { output.removeAll() }

    package mutating func preamble() { output.bytes(Preamble.bytes) }

    package mutating func control(_ frame: ControlFrame) {
        let start = begin()
        frame.write(into: &output)
        finish(start, type: frame.type, compress: false)
    }

    /// A SPANS frame, after a DICTIONARY_RESET where the dictionaries are nearly full. Throws when the batch exceeds a
    /// limit of the session; then nothing but a reset has been written.
    package mutating func spans(_ batch: borrowing SpanBatch, sequence: UInt64) throws(WireError) {
        let size = batch.memoryBytes
        guard size <= limits.maximumDecodedBytes else {
            throw WireError(
                .limitExceeded, field: "batch", offset: 0,
                expected: "at most \(limits.maximumDecodedBytes) decoded bytes, not \(size)")
        }
        if batches.wantsReset { reset() }
        do {
            try spansFrame(batch, sequence)
        } catch {
            // A full dictionary may have been the reason: the second try has an empty one.
            reset()
            do { try spansFrame(batch, sequence) } catch {
                reset()
                throw error
            }
        }
    }

    private mutating func spansFrame(_ batch: borrowing SpanBatch, _ sequence: UInt64) throws(WireError) {
        let start = begin()
        output.varint(sequence)
        var body = ByteSink(capacity: 0)
        swap(&body, &scratchBody)
        body.removeAll()
        defer { swap(&body, &scratchBody) }
        do { try batches.encode(batch, into: &body) } catch {
            output.setCount(start)
            throw error
        }
        output.append(body)
        finish(start, type: .spans, compress: compression)
    }

    private mutating func reset() {
        batches.reset()
        finish(begin(), type: .dictionaryReset, compress: false)
    }

    package mutating func metrics(_ batch: MetricBatch, sequence: UInt64) throws(WireError) {
        let start = begin()
        output.varint(sequence)
        do { try MetricCoding.encode(batch, limits: limits, into: &output) } catch {
            output.setCount(start)
            throw error
        }
        guard output.count - start - FrameHeader.size <= limits.maximumFrameBytes else {
            let size = output.count - start
            output.setCount(start)
            throw WireError(
                .limitExceeded, field: "metrics", offset: 0,
                expected: "at most \(limits.maximumFrameBytes) bytes, not \(size)")
        }
        finish(start, type: .metrics, compress: compression)
    }

    package mutating func losses(_ records: [LossRecord], sequence: UInt64) {
        let start = begin()
        output.varint(sequence)
        LossCoding.encode(records, into: &output)
        finish(start, type: .losses, compress: false)
    }

    private mutating func begin() -> Int {
        let start = output.count
        _ = output.advance(FrameHeader.size)
        return start
    }

    /// Bytes of the last frame written: what counts against credit.
    package private(set) var lastFrameBytes = 0

    private mutating func finish(_ start: Int, type: FrameType, compress: Bool) {
        let body = start + FrameHeader.size
        let isCompressed = compress && Compression.compress(&output, from: body, scratch: &scratch)
        let header = UnsafeMutableRawPointer(output.base + start)
        header.storeBytes(of: type.rawValue, as: UInt8.self)
        header.storeBytes(of: isCompressed ? FrameHeader.compressedFlag : 0, toByteOffset: 1, as: UInt8.self)
        header.storeBytes(of: 0, toByteOffset: 2, as: UInt16.self)
        header.storeBytes(of: UInt32(output.count - body).littleEndian, toByteOffset: 4, as: UInt32.self)
        let sum = FrameHeader.checksum(
            UnsafeRawBufferPointer(start: header, count: 8), UnsafeRawBufferPointer(rebasing: output.buffer[body...]))
        header.storeBytes(of: sum.littleEndian, toByteOffset: 8, as: UInt32.self)
        lastFrameBytes = output.count - start
    }
}
