import CLZ4

/// LZ4 blocks (`lz4_Block_format.md`), a payload's decompressed size in four bytes before them.
enum Compression {
    /// Smaller payloads are left as they are.
    static let minimumBytes = 128

    /// Replaces the bytes of `sink` from `start` by their compressed form when that saves a sixteenth or more.
    static func compress(_ sink: inout ByteSink, from start: Int, scratch: inout ByteSink) -> Bool {
        let size = sink.count - start
        guard size >= minimumBytes, size <= Int(Int32.max) / 2 else { return false }
        scratch.removeAll()
        scratch.littleEndian(UInt32(size))
        let bound = Int(LZ4_compressBound(Int32(size)))
        let output = scratch.advance(bound).assumingMemoryBound(to: CChar.self)
        let input = (sink.base + start).withMemoryRebound(to: CChar.self, capacity: size) { $0 }
        let written = Int(LZ4_compress_fast(input, output, Int32(size), Int32(bound), 1))
        guard written > 0, written + 4 <= size - size / 16 else { return false }
        sink.setCount(start)
        scratch.setCount(4 + written)
        sink.append(scratch)
        return true
    }

    /// Fills `output` with the decompressed payload, at most `limit` bytes.
    static func decompress(
        _ payload: UnsafeRawBufferPointer, into output: inout ByteSink, limit: Int
    ) throws(WireError) {
        var cursor = ByteCursor(payload)
        let size = Int(try cursor.littleEndian(UInt32.self, "decompressed size"))
        guard size <= limit else {
            throw WireError(
                .limitExceeded, field: "decompressed size", offset: 0, expected: "at most \(limit), not \(size)")
        }
        // A byte of an LZ4 block stands for at most 255.
        guard size <= cursor.remaining * 255 else {
            throw WireError(
                .malformedFrame, field: "decompressed size", offset: 0,
                expected: "at most 255 times the \(cursor.remaining) compressed bytes")
        }
        let block = try cursor.take(cursor.remaining, "LZ4 block")
        output.removeAll()
        guard size > 0, let start = block.baseAddress else {
            throw WireError(.malformedFrame, field: "LZ4 block", offset: 4, expected: "one byte or more")
        }
        let target = output.advance(size).assumingMemoryBound(to: CChar.self)
        let written = LZ4_decompress_safe(
            start.assumingMemoryBound(to: CChar.self), target, Int32(block.count), Int32(size))
        guard Int(written) == size else {
            throw WireError(
                .malformedFrame, field: "LZ4 block", offset: 4, expected: "a block that gives \(size) bytes")
        }
    }
}
