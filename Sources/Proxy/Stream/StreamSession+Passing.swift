import NIOCore

/// Bytes from one side to the other.
extension StreamSession {
    func touch() { lastByte = Clock.monotonic() }

    /// Whether more bytes of that side may be read.
    func takes(from side: StreamSide) -> Bool {
        switch phase {
        case .handshaking, .connecting, .over: return false
        case .choosing: return side == .downstream && downstream.input.readableBytes < ClientHello.maximumBytes
        case .open:
            guard let source = end(side), let target = end(side.other), target.isWritable else { return false }
            return source.input.readableBytes < filter?.maximumBufferedBytes ?? 1
        }
    }

    private func end(_ side: StreamSide) -> StreamConnection? { side == .downstream ? downstream : upstream }

    /// Passes on what came from one side.
    func pump(_ side: StreamSide) {
        if phase == .choosing, side == .downstream { readHello() }
        guard phase == .open, let source = end(side), let target = end(side.other) else { return }
        let before = source.input.readableBytes
        if before > 0, target.isWritable {
            touch()
            if let filter {
                let failure = filter.pass(&source.input, from: side, to: target)
                count(before - source.input.readableBytes, side)
                if let failure {
                    upstreamBroke = failure.flag == .upstreamProtocolError
                    fail(failure.flag, failure.sentence)
                    return
                }
            } else {
                target.write(source.input)
                source.input = worker.emptyBuffer
                count(before, side)
            }
        }
        if source.hasEnded { passEnd(from: source, side, to: target) }
        if leaving != nil { leaveIfIdle(now: Clock.monotonic()) }
    }

    private func count(_ bytes: Int, _ side: StreamSide) {
        if side == .downstream { received += bytes } else { sent += bytes }
        if bytes > 0 { lastSender = side }
        series?.passed(bytes, from: side)
    }

    private func passEnd(from source: StreamConnection, _ side: StreamSide, to target: StreamConnection) {
        if source.input.readableBytes > 0 {
            // With a target that takes no bytes now, the rest goes out when it does.
            if filter == nil || !target.isWritable { return }
            upstreamBroke = side == .upstream
            fail(terminated(side), "the \(name(side)) ended in the middle of a message")
            return
        }
        if target.hasEnded, target.input.readableBytes == 0 {
            finish()
            source.closeWhenWritten()
            target.closeWhenWritten()
        } else if source.isOpen {
            target.endOutput()
        } else {
            // What the target still sends has nowhere to go.
            flag = terminated(side)
            sentence = "the \(name(side)) closed before the other side had ended"
            finish()
            target.closeWhenWritten()
        }
    }

    func terminated(_ side: StreamSide) -> ResponseFlag {
        side == .downstream ? .downstreamConnectionTermination : .upstreamConnectionTermination
    }

    func name(_ side: StreamSide) -> String { side == .downstream ? "client" : "upstream" }

    /// That side takes bytes again.
    func becameWritable(_ side: StreamSide) {
        // Not by `process()`: a side that has gone may have left bytes.
        pump(side.other)
        end(side.other)?.resumeReading()
    }

    /// One side's connection is gone.
    func lost(_ side: StreamSide) {
        guard phase != .over else { return }
        if worker.isFinishing {
            fail(.draining, "the proxy shut down")
            return
        }
        guard phase == .open, let source = end(side) else {
            // Nothing was joined yet: the client left.
            let reason = downstream.failure.map { ": \(worker.describe($0))" } ?? ""
            fail(.downstreamConnectionTermination, "the client closed before it was connected\(reason)")
            return
        }
        if source.isBroken {
            upstreamBroke = side == .upstream
            let reason = worker.describe(source.failure ?? ConnectionBroken())
            fail(terminated(side), "the \(name(side))'s connection broke: \(reason)")
        } else {
            pump(side)
        }
    }
}
