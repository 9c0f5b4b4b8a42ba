import NIOCore

/// Frames as they go out.
extension HTTP2Connection {
    /// A DATA frame within the windows, which the caller has counted.
    final func writeData(_ content: ByteBuffer, stream: Int32) {
        noteFrame(stream)
        flood.earn(FloodGuard.credit(ofContentSent: content.readableBytes))
        write { $0.writeFrameHeader(.data, length: content.readableBytes, stream: stream) }
        write(content)
    }

    func noteFrame(_ stream: Int32) {
        lastFrame = (stream, write { $0.writerIndex } + 4, output.generation)
    }

    /// Ends a stream: the last frame is marked when it is still here, else an empty one follows.
    final func writeEnd(stream: Int32) {
        if let lastFrame, lastFrame.stream == stream, lastFrame.generation == output.generation {
            write { output in
                let flags = output.getInteger(at: lastFrame.flagsAt, as: UInt8.self) ?? 0
                output.setInteger(flags | FrameHeader.endStream, at: lastFrame.flagsAt)
            }
        } else {
            write { $0.writeFrameHeader(.data, length: 0, flags: FrameHeader.endStream, stream: stream) }
        }
    }

    /// Sends `outgoing` and empties it.
    final func writeHeaders(stream: Int32, endsStream: Bool) {
        let encoded = encoder.encode(outgoing)
        outgoing.clear()
        noteFrame(stream)
        var kind = FrameHeader.Kind.headers
        var rest = encoded[...]
        repeat {
            let piece = rest.prefix(peer.maximumFrameBytes)
            rest = rest.dropFirst(piece.count)
            var flags = rest.isEmpty ? FrameHeader.endHeaders : 0
            if kind == .headers, endsStream { flags |= FrameHeader.endStream }
            write { output in
                output.writeFrameHeader(kind, length: piece.count, flags: flags, stream: stream)
                output.writeBytes(piece)
            }
            kind = .continuation
        } while !rest.isEmpty
    }

    /// `false` when no field remains that may be sent.
    final func writeTrailers(_ trailers: FieldSection, stream: Int32) -> Bool {
        outgoing.addTrailers(trailers)
        guard !outgoing.isEmpty else { return false }
        writeHeaders(stream: stream, endsStream: true)
        return true
    }

    final func writeWindowUpdate(_ increment: Int, stream: Int32) {
        write { output in
            output.writeFrameHeader(.windowUpdate, length: 4, stream: stream)
            output.writeInteger(UInt32(increment))
        }
    }

    final func writeReset(_ code: HTTP2ErrorCode, stream: Int32) {
        write { output in
            output.writeFrameHeader(.resetStream, length: 4, stream: stream)
            output.writeInteger(code.rawValue)
        }
    }

    final func writePing() {
        write { output in
            output.writeFrameHeader(.ping, length: 8)
            output.writeInteger(UInt64(0x7761_7962_696C_6C21))
        }
    }

    final func writeGoAway(_ code: HTTP2ErrorCode, lastStream: Int32, sentence: String = "") {
        let debug = sentence.utf8.prefix(256)
        write { output in
            output.writeFrameHeader(.goAway, length: 8 + debug.count)
            output.writeMultipleIntegers(UInt32(lastStream), code.rawValue)
            output.writeBytes(debug)
        }
    }
}
