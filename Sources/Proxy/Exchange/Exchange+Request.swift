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
        if downstream.direction == .inbound { serverSpanID = worker.spanIDs.next() }
    }

    func findTransactionsInHead(_ head: RequestHead, _ route: RouteState) {
        guard let extractor = route.extractor else { return }
        extractor.head(target: head.target, header: { head.fields.value(named: $0) }, into: &transactions)
        if call != nil {
            lookIntoMessage(extractor, route.route)
        } else if head.body != .none, route.route.maximumBodyLookBytes > 0, extractor.needsBody(after: transactions) {
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
    }

    // MARK: Request content

    /// Whether the upstream can take more of the request now.
    var takesContent: Bool {
        // Content behind the end of a request is none of it: on the upstream's connection it would be another one.
        guard !requestDone, phase == .sending || phase == .responding, let upstream else { return false }
        return upstream.isWritable
    }

    func requestContent(_ content: ByteBuffer) {
        if isTunnelling { return passToUpstream(content) }
        guard let upstream else { return }
        requestBytes += content.readableBytes
        touchRequest()
        // The upstream has its time from the last byte that it got.
        if tryDeadline != .max { limitTry(from: lastRequestByte) }
        if requestBytes > downstream.limits.maximumBodyBytes {
            bodyTooLarge()
            return
        }
        look(at: content)
        look(intoMessage: content)
        keepForReplay(content)
        keepForMirror(content)
        upstream.sendContent(content)
    }

    func requestEnd(trailers: FieldSection?) {
        if let tunnel, tunnel.isOpen { return clientEnded(tunnel) }
        requestDone = true
        findTransactionsInSample(isWhole: true)
        endMessageLook(requestIsWhole: true)
        requestTrailers = trailers
        upstream?.sendEnd(trailers: trailers)
        if traffic.mirrored != nil { sendMirror() }
    }

    func downstreamBecameWritable() { upstream?.resume() }

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

    // MARK: The head to the upstream

    /// What the upstream gets besides the client's own fields.
    func editRequest(_ edits: inout HeadEdits) {
        let spanID = downstream.direction == .inbound ? serverSpanID : attempt?.spanID ?? .none
        edits.addTraceparent(trace.traceID, spanID, flags: trace.flags)
        if !trace.traceState.isEmpty { edits.add("tracestate") { _ = $0.writeString(trace.traceState) } }
        if downstream.head.hasB3 { addB3(spanID, to: &edits) }
        downstream.routes.forwarded.edit(&edits, downstream)
        if let tunnel { editTunnelRequest(tunnel, &edits) }
        if traffic.hasCallerDeadline { writeDeadline(to: &edits) }
        if let route, !route.requestEdits.isEmpty { route.requestEdits.write(to: &edits) }
    }

    /// A service that reads B3 alone must find this hop, not the one before it.
    private func addB3(_ spanID: SpanID, to edits: inout HeadEdits) {
        if downstream.head.fields.first(.b3) != nil {
            edits.add(TraceHeader.b3.rawValue, B3.single(trace, spanID: spanID))
        } else {
            for (header, value) in B3.headers(trace, spanID: spanID) { edits.add(header.rawValue, value) }
        }
    }
}
