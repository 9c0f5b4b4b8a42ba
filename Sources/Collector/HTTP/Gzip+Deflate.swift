import CZlib

extension Gzip {
    /// `body` in gzip framing; `nil` where zlib has no memory to begin.
    ///
    /// At zlib's fastest level: answers are compressed as they are asked for, and the slower levels take three times as
    /// long for a tenth fewer bytes.
    package static func deflate(_ body: UnsafeRawBufferPointer) -> [UInt8]? {
        var stream = z_stream()
        // 15 window bits, +16: gzip framing; 8 is zlib's usual memory level.
        guard
            deflateInit2_(
                &stream, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, zlibVersion(),
                Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { return nil }
        defer { deflateEnd(&stream) }
        var output: [UInt8] = []
        var taken = 0
        let chunk = 256 << 10
        var status = Z_OK
        // In pieces, because zlib counts in 32 bits.
        while status != Z_STREAM_END {
            let piece = UnsafeRawBufferPointer(rebasing: body[taken..<min(taken + (1 << 30), body.count)])
            if stream.avail_in == 0 {
                stream.next_in = UnsafeMutablePointer(mutating: piece.bindMemory(to: UInt8.self).baseAddress)
                stream.avail_in = UInt32(piece.count)
                taken += piece.count
            }
            let filled = output.count
            output.append(contentsOf: repeatElement(0, count: chunk))
            output.withUnsafeMutableBufferPointer { buffer in
                stream.next_out = buffer.baseAddress! + filled
                stream.avail_out = UInt32(chunk)
                status = CZlib.deflate(&stream, taken == body.count ? Z_FINISH : Z_NO_FLUSH)
            }
            output.removeLast(Int(stream.avail_out))
            guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else { return nil }
        }
        return output
    }
}
