import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Finds the end of a head in bytes that arrive in any pieces, looking at each byte about once.
struct HeadFinder {
    enum Outcome {
        case incomplete
        /// The head's length, its empty line included.
        case found(Int)
        case fault(HTTPFault)
    }

    private var searched = 0

    mutating func reset() { searched = 0 }

    /// Looks for CRLF CRLF in the readable bytes of `buffer`.
    mutating func find(in buffer: ByteBuffer, limit: Int) -> Outcome {
        buffer.withUnsafeReadableBytes { raw in
            let from = searched
            let window = min(raw.count, limit)
            if window > from, let base = raw.baseAddress {
                var offset = from
                while offset < window, let hit = memchr(base + offset, 0x0A, window - offset) {
                    let position = UnsafeRawPointer(hit) - base
                    // Without this, a head whose lines end in bare line feeds would wait for its time-out.
                    guard position > 0, raw[position - 1] == 0x0D else {
                        return .fault(HTTPFault(.bareLineFeed, "the line at byte \(position) ends without CR"))
                    }
                    if position >= 3, raw[position - 2] == 0x0A, raw[position - 3] == 0x0D {
                        searched = 0
                        return .found(position + 1)
                    }
                    offset = position + 1
                }
            }
            if raw.count >= limit {
                return .fault(HTTPFault(.headTooLarge, status: 431, "the head is longer than \(limit) bytes"))
            }
            searched = raw.count
            return .incomplete
        }
    }
}
