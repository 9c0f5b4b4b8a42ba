import Interop
import NIOCore
import Telemetry

extension Exchange {
    // MARK: Trace and transaction

    /// Continues the trace that the request carries, W3C first, or starts one.
    func adoptTrace(_ head: RequestHead) {
        if let context = head.traceContext() {
            trace = context
        } else {
            trace = TraceContext(
                traceID: worker.random.traceID(), parentSpanID: .none, flags: TraceContext.sampled)
        }
        if connection.direction == .inbound { serverSpanID = worker.spanIDs.next() }
    }

    func findTransactionsInHead(_ head: RequestHead, _ route: RouteState) {
        guard let extractor = route.extractor else { return }
        extractor.head(target: head.target, header: { head.fields.value(named: $0) }, into: &transactions)
        if head.body != .none, route.route.maximumBodyLookBytes > 0, extractor.needsBody(after: transactions) {
            sample = worker.emptyBuffer
        }
    }

    /// Looks at a piece of the body as it goes by.
    private func look(at content: ByteBuffer) {
        guard var sample, let route else { return }
        let room = route.route.maximumBodyLookBytes - sample.readableBytes
        if content.readableBytes <= room {
            sample.writeImmutableBuffer(content)
            self.sample = sample
        } else {
            if let part = content.getSlice(at: content.readerIndex, length: room) { sample.writeImmutableBuffer(part) }
            self.sample = sample
            findTransactionsInSample(isWhole: false)
        }
    }

    func findTransactionsInSample(isWhole: Bool) {
        guard let sample, let extractor = route?.extractor else { return }
        self.sample = nil
        sample.withUnsafeReadableBytes { extractor.body($0, isWhole: isWhole, into: &transactions) }
        if transactions.refused + transactions.beyondBound + transactions.malformed > 0 {
            worker.counters.transactionsNotFound(transactions)
        }
    }

    // MARK: Request content

    /// Whether the upstream can take more of the request now.
    var takesContent: Bool {
        guard phase == .sending || phase == .responding, let upstream else { return false }
        return upstream.isWritable
    }

    func requestContent(_ content: ByteBuffer) {
        guard let upstream else { return }
        requestBytes += content.readableBytes
        touchRequest()
        if requestBytes > connection.limits.maximumBodyBytes {
            bodyTooLarge()
            return
        }
        look(at: content)
        keepForReplay(content)
        sendContent(content, to: upstream)
    }

    func requestEnd(trailers: ByteBuffer?) {
        requestDone = true
        findTransactionsInSample(isWhole: true)
        if let trailers {
            var section = FieldSection(limits: connection.httpLimits)
            if let fault = section.parse(trailers, from: 0) {
                connection.refuse(fault)
                return
            }
            requestTrailers = section.trailersToForward(worker.allocator)
        }
        if let upstream { sendEnd(to: upstream) }
    }

    private func keepForReplay(_ content: ByteBuffer) {
        guard mayRepeat, phase == .sending else {
            replay = nil
            return
        }
        let limit = (route?.route.retries ?? route?.standardRetries)?.maximumBodyBytes ?? 0
        guard requestBytes <= limit else {
            replay = nil
            mayRepeat = false
            return
        }
        if replay == nil { replay = worker.allocator.buffer(capacity: content.readableBytes) }
        replay?.writeImmutableBuffer(content)
    }

    func sendContent(_ content: ByteBuffer, to upstream: UpstreamConnection) {
        guard connection.head.body == .chunked else {
            upstream.write(content)
            return
        }
        upstream.write { $0.writeChunkSize(content.readableBytes) }
        upstream.write(content)
        upstream.write { _ = $0.writeStaticString("\r\n") }
    }

    func sendEnd(to upstream: UpstreamConnection) {
        guard connection.head.body == .chunked else { return }
        upstream.write { output in
            output.writeStaticString("0\r\n")
            if let requestTrailers { output.writeImmutableBuffer(requestTrailers) }
            output.writeStaticString("\r\n")
        }
    }

    // MARK: The head to the upstream

    func writeRequestHead(_ head: RequestHead, to output: inout ByteBuffer, _ upstream: UpstreamConnection) {
        let fields = head.fields
        fields.withBytes(0..<head.methodLength) { _ = output.writeBytes($0) }
        output.writeStaticString(" ")
        fields.withBytes(head.targetRange) { _ = output.writeBytes($0) }
        output.writeStaticString(" HTTP/1.1\r\n")
        let ownsHost = head.needsHostField
        if ownsHost {
            output.writeStaticString("host: ")
            if head.authorityRange.isEmpty {
                output.writeString(upstream.pool.endpoints[upstream.endpoint].endpoint.description)
            } else {
                fields.withBytes(head.authorityRange) { _ = output.writeBytes($0) }
            }
            output.writeStaticString("\r\n")
        }
        let tokens = head.tokens
        fields.write(to: &output) { field, raw in
            if field.name == .other { return tokens.nominated.isEmpty || !tokens.nominates(field, in: raw) }
            if field.name == .host { return !ownsHost }
            if field.name == .expect { return head.isHTTP11 && !requestDone }
            return !field.name.isHopByHop && !field.name.isTraceContext
        }
        writeTraceHeaders(head, to: &output)
        switch head.body {
        case .chunked: output.writeStaticString("transfer-encoding: chunked\r\n")
        case .fixed(let length):
            output.writeStaticString("content-length: ")
            output.writeDecimal(length)
            output.writeStaticString("\r\n")
        case .none: if head.statesZeroLength { output.writeStaticString("content-length: 0\r\n") }
        case .untilClose: preconditionFailure("no request is delimited by the end of its connection")
        }
        output.writeStaticString("\r\n")
    }

    private func writeTraceHeaders(_ head: RequestHead, to output: inout ByteBuffer) {
        let spanID = connection.direction == .inbound ? serverSpanID : attempt?.spanID ?? .none
        output.writeStaticString("traceparent: 00-")
        output.writeHex(trace.traceID.high)
        output.writeHex(trace.traceID.low)
        output.writeStaticString("-")
        output.writeHex(spanID.rawValue)
        output.writeStaticString("-")
        for nibble in [trace.flags >> 4, trace.flags & 0xF] {
            output.writeInteger(nibble < 10 ? 0x30 + nibble : 0x57 + nibble)
        }
        output.writeStaticString("\r\n")
        if !trace.traceState.isEmpty {
            output.writeStaticString("tracestate: ")
            output.writeString(trace.traceState)
            output.writeStaticString("\r\n")
        }
        if head.hasB3 { writeB3(head, spanID, to: &output) }
    }

    /// A service that reads B3 alone must find this hop, not the one before it.
    private func writeB3(_ head: RequestHead, _ spanID: SpanID, to output: inout ByteBuffer) {
        if head.fields.first(.b3) != nil {
            write(TraceHeader.b3, B3.single(trace, spanID: spanID), to: &output)
        } else {
            for (header, value) in B3.headers(trace, spanID: spanID) { write(header, value, to: &output) }
        }
    }

    private func write(_ header: TraceHeader, _ value: String, to output: inout ByteBuffer) {
        output.writeString(header.rawValue)
        output.writeStaticString(": ")
        output.writeString(value)
        output.writeStaticString("\r\n")
    }
}
