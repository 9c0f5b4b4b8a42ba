import CZlib

/// Inflating request bodies, with a limit on what comes out: a gzip bomb costs its limit and no more.
package enum Gzip {
    package enum Failure: Error, Equatable {
        case tooLarge(limit: Int)
        case malformed(offset: Int)
        case truncated
        /// zlib had no memory to begin.
        case outOfMemory
    }

    /// `body` inflated (gzip or zlib framing, recognised by its header), at most `limit` bytes.
    package static func inflate(_ body: UnsafeRawBufferPointer, limit: Int) throws(Failure) -> [UInt8] {
        var stream = z_stream()
        // 15 window bits, +32: recognise gzip and zlib by their headers.
        guard inflateInit2_(&stream, 15 + 32, zlibVersion(), Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw .outOfMemory
        }
        defer { inflateEnd(&stream) }
        stream.next_in = UnsafeMutablePointer(mutating: body.bindMemory(to: UInt8.self).baseAddress)
        stream.avail_in = UInt32(clamping: body.count)
        var output: [UInt8] = []
        var filled = 0
        output.append(contentsOf: repeatElement(0, count: min(limit, max(4096, body.count * 4))))
        while true {
            let capacity = output.count
            let status = output.withUnsafeMutableBufferPointer { buffer in
                stream.next_out = buffer.baseAddress! + filled
                stream.avail_out = UInt32(clamping: capacity - filled)
                return CZlib.inflate(&stream, Z_NO_FLUSH)
            }
            filled = capacity - Int(stream.avail_out)
            switch status {
            case Z_STREAM_END:
                // A gzip body may be several members one after another (RFC 1952 §2.2).
                guard stream.avail_in > 0 else {
                    output.removeLast(output.count - filled)
                    return output
                }
                inflateReset(&stream)
            case Z_OK, Z_BUF_ERROR:
                if stream.avail_out == 0 {
                    guard capacity < limit else { throw .tooLarge(limit: limit) }
                    output.append(contentsOf: repeatElement(0, count: min(limit - capacity, max(4096, capacity))))
                } else if stream.avail_in == 0 {
                    throw .truncated
                }
            default:
                throw .malformed(offset: Int(stream.total_in))
            }
        }
    }
}
