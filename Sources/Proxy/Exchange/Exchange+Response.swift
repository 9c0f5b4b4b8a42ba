import NIOCore

extension Exchange {
    /// Whether the client can take more of the response now.
    var downstreamTakesContent: Bool { connection.isWritable }

    /// 1xx: passed on to clients that know it; none of them is the answer.
    func interimResponse(_ head: ResponseHead) {
        guard phase == .sending, connection.head.isHTTP11 else { return }
        connection.write { writeStatusAndFields(head, to: &$0) }
        connection.write { _ = $0.writeStaticString("\r\n") }
        // The client may have waited for it before sending its body.
        touchRequest()
    }

    /// The head of the answer.
    func response(_ head: ResponseHead) {
        attempt?.status = head.status
        stopTryTimer()
        if shouldRepeat(afterStatus: head.status) {
            let avoiding = attempt?.endpoint
            let connection = upstream
            endAttempt(flag: nil, sentence: "the upstream answered \(head.status)")
            upstream = nil
            if head.body == .none, head.keepsAlive, requestDone {
                connection?.finish(reusable: true)
            } else {
                connection?.abandon()
            }
            scheduleRetry(avoiding: avoiding)
            return
        }
        if countedAttempts > 0, route?.route.retries?.covers(status: head.status) == true {
            addFlag(.upstreamRetryLimitExceeded)
        }
        replay = nil
        phase = .responding
        status = head.status
        // With the rest of the request still to come, where the next one starts is not certain enough to go on.
        keepsDownstream = connection.head.wantsKeepAlive && requestDone && !worker.isDraining
        writeResponseHead(head)
    }

    func responseContent(_ content: ByteBuffer) {
        responseBytes += content.readableBytes
        guard responseIsChunked else {
            connection.write(content)
            return
        }
        connection.write { $0.writeChunkSize(content.readableBytes) }
        connection.write(content)
        connection.write { _ = $0.writeStaticString("\r\n") }
    }

    func responseEnd(trailers: ByteBuffer?, keepsAlive: Bool) {
        var forwarded: ByteBuffer?
        if let trailers {
            var section = FieldSection(limits: worker.upstreamLimits)
            if let fault = section.parse(trailers, from: 0) {
                worker.counters.refused(fault.code)
                attemptFailed(
                    UpstreamFailure(
                        flag: .upstreamProtocolError,
                        sentence: "the answer's trailers are not sound: \(fault.sentence)",
                        mayHaveArrived: true))
                return
            }
            forwarded = section.trailersToForward(worker.allocator)
        }
        if responseIsChunked {
            connection.write { output in
                output.writeStaticString("0\r\n")
                if let forwarded { output.writeImmutableBuffer(forwarded) }
                output.writeStaticString("\r\n")
            }
        }
        endAttempt(flag: nil)
        let used = upstream
        upstream = nil
        finish()
        used?.finish(reusable: keepsAlive && requestDone)
        connection.exchangeEnded(keepAlive: keepsDownstream)
    }

    func upstreamBecameWritable() { connection.process() }

    // MARK: The head to the client

    private func writeStatusAndFields(_ head: ResponseHead, to output: inout ByteBuffer) {
        output.writeStaticString("HTTP/1.1 ")
        head.fields.withBytes(head.statusRange) { _ = output.writeBytes($0) }
        let tokens = head.tokens
        head.fields.write(to: &output) { field, raw in
            if field.name == .other { return tokens.nominated.isEmpty || !tokens.nominates(field, in: raw) }
            return !field.name.isHopByHop
        }
    }

    private func writeResponseHead(_ head: ResponseHead) {
        let isHTTP11 = connection.head.isHTTP11
        var length: Int?
        switch head.body {
        case .none: length = head.status == 204 ? nil : head.statedLength
        case .fixed(let count): length = count
        case .chunked, .untilClose:
            responseIsChunked = isHTTP11
            if !isHTTP11 { keepsDownstream = false }
        }
        connection.write { output in
            writeStatusAndFields(head, to: &output)
            if responseIsChunked {
                output.writeStaticString("transfer-encoding: chunked\r\n")
            } else if let length {
                output.writeStaticString("content-length: ")
                output.writeDecimal(length)
                output.writeStaticString("\r\n")
            }
            if !keepsDownstream {
                output.writeStaticString("connection: close\r\n")
            } else if !isHTTP11 {
                output.writeStaticString("connection: keep-alive\r\n")
            }
            output.writeStaticString("\r\n")
        }
    }
}
