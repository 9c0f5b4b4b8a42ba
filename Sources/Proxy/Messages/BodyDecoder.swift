import NIOCore

/// Takes a body's content out of the bytes of a connection, whatever its framing. Never holds content itself.
package struct BodyDecoder {
    package enum Event: Equatable {
        /// Content, to be passed on.
        case content(ByteBuffer)
        /// The body is over; trailer lines with their empty line, when there are any.
        case end(trailers: ByteBuffer?)
        /// More bytes are needed.
        case needsMore
        case fault(HTTPFault)
    }

    private enum State: Equatable {
        case finished
        case fixed(Int)
        case untilClose
        case chunkLine
        case chunkContent(Int)
        case chunkEnd
        case trailers
    }

    private var state = State.finished
    private var finder = HeadFinder()
    /// Of this body until now.
    private var extensionBytes = 0
    private let limits: MessageLimits

    package init(limits: MessageLimits) { self.limits = limits }

    package mutating func start(_ length: BodyLength) {
        finder.reset()
        extensionBytes = 0
        switch length {
        case .none: state = .fixed(0)
        case .fixed(let count): state = .fixed(count)
        case .chunked: state = .chunkLine
        case .untilClose: state = .untilClose
        }
    }

    /// The next piece of the body, taken from the front of `buffer`.
    package mutating func next(_ buffer: inout ByteBuffer) -> Event {
        while true {
            switch state {
            case .finished: return .needsMore
            case .fixed(let remaining):
                if remaining == 0 { return finish() }
                guard let slice = buffer.readSlice(length: min(remaining, buffer.readableBytes)),
                    slice.readableBytes > 0
                else { return .needsMore }
                state = .fixed(remaining - slice.readableBytes)
                return .content(slice)
            case .untilClose:
                guard let slice = buffer.readSlice(length: buffer.readableBytes), slice.readableBytes > 0 else {
                    return .needsMore
                }
                return .content(slice)
            case .chunkLine:
                guard let size = readChunkLine(&buffer) else { return .needsMore }
                switch size {
                case .success(0): state = .trailers
                case .success(let count): state = .chunkContent(count)
                case .failure(let fault): return .fault(fault)
                }
            case .chunkContent(let remaining):
                guard let slice = buffer.readSlice(length: min(remaining, buffer.readableBytes)),
                    slice.readableBytes > 0
                else { return .needsMore }
                let left = remaining - slice.readableBytes
                state = left == 0 ? .chunkEnd : .chunkContent(left)
                return .content(slice)
            case .chunkEnd:
                guard let end = buffer.getInteger(at: buffer.readerIndex, as: UInt16.self) else { return .needsMore }
                guard end == 0x0D0A else {
                    return .fault(HTTPFault(.malformedChunk, "a chunk is not followed by CRLF"))
                }
                buffer.moveReaderIndex(forwardBy: 2)
                state = .chunkLine
            case .trailers: return readTrailers(&buffer)
            }
        }
    }

    /// The connection ended: whether that ends the body as its framing says.
    package mutating func endOfInput() -> Bool {
        guard state == .untilClose else { return state == .finished }
        state = .finished
        return true
    }

    private mutating func finish() -> Event {
        state = .finished
        return .end(trailers: nil)
    }

    private mutating func readTrailers(_ buffer: inout ByteBuffer) -> Event {
        guard let start = buffer.getInteger(at: buffer.readerIndex, as: UInt16.self) else { return .needsMore }
        if start == 0x0D0A {
            buffer.moveReaderIndex(forwardBy: 2)
            return finish()
        }
        switch finder.find(in: buffer, limit: limits.maximumTrailerBytes) {
        case .incomplete: return .needsMore
        case .found(let length):
            state = .finished
            return .end(trailers: buffer.readSlice(length: length))
        case .fault(let fault):
            guard fault.code == .headTooLarge else { return .fault(fault) }
            return .fault(
                HTTPFault(
                    .trailersTooLarge, status: 431,
                    "the trailer section is longer than \(limits.maximumTrailerBytes) bytes"))
        }
    }

    /// `chunk-size [chunk-ext] CRLF` (RFC 9112 §7.1); `nil` when the line is not complete yet. Extensions are dropped.
    private mutating func readChunkLine(_ buffer: inout ByteBuffer) -> Result<Int, HTTPFault>? {
        let limit = limits.maximumChunkLineBytes
        var consumed = 0
        var extensions = 0
        let result: Result<Int, HTTPFault>? = buffer.withUnsafeReadableBytes { raw in
            var offset = 0
            var size = 0
            while offset < raw.count, let digit = hexDigit(raw[offset]) {
                // 15 digits stay below 2^63.
                guard offset < 15 else {
                    return .failure(HTTPFault(.malformedChunk, "a chunk size has over 15 digits"))
                }
                size = size << 4 | digit
                offset &+= 1
            }
            guard offset < raw.count else { return nil }
            guard offset > 0 else { return .failure(HTTPFault(.malformedChunk, "a chunk size is not hexadecimal")) }
            if raw[offset] == 0x3B {
                let start = offset
                while offset < raw.count, offset < limit, isFieldValueByte(raw[offset]) { offset &+= 1 }
                guard offset < limit else {
                    return .failure(HTTPFault(.malformedChunk, "a chunk's first line is longer than \(limit) bytes"))
                }
                extensions = offset - start
            }
            guard offset < raw.count else { return nil }
            guard raw[offset] == 0x0D else {
                return .failure(HTTPFault(.malformedChunk, "a chunk size is followed by something other than CRLF"))
            }
            guard offset + 1 < raw.count else { return nil }
            guard raw[offset + 1] == 0x0A else {
                return .failure(HTTPFault(.malformedChunk, "a chunk size is followed by something other than CRLF"))
            }
            consumed = offset + 2
            return .success(size)
        }
        buffer.moveReaderIndex(forwardBy: consumed)
        guard consumed > 0 else { return result }
        extensionBytes += extensions
        guard extensionBytes <= limits.maximumChunkExtensionBytes else {
            return .failure(
                HTTPFault(
                    .malformedChunk,
                    "the chunk extensions of a body are longer than \(limits.maximumChunkExtensionBytes) bytes"))
        }
        return result
    }

    private func hexDigit(_ byte: UInt8) -> Int? {
        switch byte {
        case 0x30...0x39: Int(byte) - 0x30
        case 0x41...0x46: Int(byte) - 0x37
        case 0x61...0x66: Int(byte) - 0x57
        default: nil
        }
    }
}
