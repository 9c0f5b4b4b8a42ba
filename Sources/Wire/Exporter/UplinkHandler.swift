import NIOCore
import Telemetry

/// One connection of an uplink: carries the session's actions out.
final class UplinkHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let uplink: Uplink
    private var session: ExporterSession
    private var encoder: FrameEncoder
    private var decoder: FrameDecoder
    private var received = ByteBuffer()
    private var context: ChannelHandlerContext?
    private var keepalive: RepeatedTask?
    private var lastReceived = NIODeadline.now()
    private var lastSent = NIODeadline.now()
    private var isLoading = false
    private var isEnded = false
    private var sentClose = false
    private var wasOpen = false
    private var takesMetrics = false

    init(_ uplink: Uplink) {
        self.uplink = uplink
        session = ExporterSession(highestAssigned: uplink.outbox.highestAssigned)
        // Until WELCOME names the session's limits nothing but HELLO is sent.
        encoder = FrameEncoder(limits: WireLimits(), compression: false)
        decoder = FrameDecoder(limits: WireLimits())
    }

    private var configuration: Exporter.Configuration { uplink.exporter.configuration }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        uplink.attached(self)
        lastReceived = .now()
        encoder.preamble()
        encoder.control(
            .hello(
                SessionHello(
                    instance: uplink.outbox.instance, incarnation: uplink.outbox.incarnation,
                    firstUnacknowledged: uplink.outbox.firstUnacknowledged(endpoint: uplink.endpoint),
                    lastEpoch: uplink.lastEpoch)))
        writeOut()
        let interval = TimeAmount.milliseconds(configuration.keepaliveMilliseconds)
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        keepalive = context.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            bound.value.keepAlive(interval)
        }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        isEnded = true
        keepalive?.cancel()
        self.context = nil
        if sentClose { uplink.finish() }
        uplink.detached(wasOpen: wasOpen)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        uplink.failed(error)
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastReceived = .now()
        var bytes = unwrapInboundIn(data)
        received.writeBuffer(&bytes)
        do throws(WireError) {
            while !isEnded, let step = try nextFrame() {
                if case .control(let frame)? = step { carryOut(session.received(frame)) }
            }
        } catch { carryOut(session.failed(error)) }
        received.discardReadBytes()
        pump()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { pump() }
        context.fireChannelWritabilityChanged()
    }

    /// The outer optional: whether there was a whole one; the inner: `nil` for the preamble.
    private func nextFrame() throws(WireError) -> FrameDecoder.Frame?? {
        var failure: WireError?
        var step: FrameDecoder.Frame?? = nil
        let taken = received.withUnsafeReadableBytes { bytes -> Int in
            do throws(WireError) {
                guard let length = try decoder.frameLength(bytes), bytes.count >= length else { return 0 }
                step = .some(try decoder.next(UnsafeRawBufferPointer(rebasing: bytes[..<length])))
                return length
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        received.moveReaderIndex(forwardBy: taken)
        return step
    }

    private func carryOut(_ actions: [ExporterSession.Action]) {
        for action in actions {
            switch action {
            case .opened(let grant, let limits):
                let compress = configuration.compression && limits.capabilities.contains(.lz4)
                encoder = FrameEncoder(limits: limits.bounded(by: WireLimits()), compression: compress)
                takesMetrics = limits.capabilities.contains(.metrics)
                uplink.lastEpoch = grant.epoch
                wasOpen = true
                uplink.opened()
            case .acknowledged(let sequence): uplink.exporter.acknowledged(uplink, through: sequence)
            case .refused(let sequence, let refusal): uplink.exporter.refused(uplink, sequence, refusal)
            case .send(let frame):
                encoder.control(frame)
                writeOut()
            case .end(let refusal, let culprit):
                uplink.failed(refusal.description)
                if culprit > 0 {
                    uplink.exporter.replace(uplink.outbox, culprit, by: .refused, outcome: .refused(refusal))
                }
                isEnded = true
                context?.close(promise: nil)
            }
        }
    }

    /// Sends what credits and the socket allow.
    func pump() {
        guard let context, !isEnded, !isLoading, session.isOpen, !sentClose else { return }
        while !isLoading, context.channel.isWritable,
            session.maySend(maximumInFlight: configuration.maximumBatchesInFlight),
            let item = uplink.outbox.next(after: session.lastSent)
        {
            switch item.content {
            case .memory(let content): send(content, item)
            case .spooled(let location): load(location, item, context.eventLoop)
            }
            if encoder.pendingBytes >= 256 << 10 { writeOut() }
        }
        writeOut()
        if !isLoading, session.inFlightCount == 0 { closeWhenDone(context) }
    }

    private func load(_ location: Spool.Location, _ item: Outbox.Item, _ loop: any EventLoop) {
        isLoading = true
        let bound = NIOLoopBound(self, eventLoop: loop)
        uplink.exporter.load(location) { result in
            loop.execute {
                let handler = bound.value
                handler.isLoading = false
                guard !handler.isEnded else { return }
                switch result {
                case .success(let content): handler.send(content, item)
                case .failure:
                    handler.uplink.exporter.replace(handler.uplink.outbox, item.sequence, by: .spoolDamaged)
                }
                handler.pump()
            }
        }
    }

    private func send(_ content: WireSubmission.Content, _ item: Outbox.Item) {
        let before = encoder.pendingBytes
        do throws(WireError) {
            switch content {
            case .spans(let batch): try encoder.spans(batch, sequence: item.sequence)
            case .metrics(let batch) where takesMetrics: try encoder.metrics(batch, sequence: item.sequence)
            case .metrics:
                encoder.losses(uplink.exporter.unsupported(uplink, item), sequence: item.sequence)
            case .losses(let records): encoder.losses(records, sequence: item.sequence)
            }
        } catch {
            uplink.failed("batch \(item.sequence): \(error)")
            uplink.exporter.replace(uplink.outbox, item.sequence, by: .tooLarge)
            return
        }
        session.sentFrame(sequence: item.sequence, bytes: encoder.lastFrameBytes)
        let isResent = item.sequence <= uplink.highestSent
        uplink.highestSent = max(uplink.highestSent, item.sequence)
        let bytes = encoder.pendingBytes - before
        uplink.exporter.note { statistics in
            statistics.sentBatches += 1
            statistics.sentSpans += UInt64(item.spans)
            statistics.resentBatches += isResent ? 1 : 0
            statistics.bytesOnWire += UInt64(bytes)
        }
    }

    private func closeWhenDone(_ context: ChannelHandlerContext) {
        guard uplink.outbox.isSettled else { return }
        sentClose = true
        if let last = uplink.outbox.lastSequence {
            encoder.control(.close(lastSequence: last))
            writeOut()
            // The collector closes when it has read it; closing first could reset the connection under it.
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            context.eventLoop.scheduleTask(in: .seconds(1)) { bound.value.close(promise: nil) }
        } else {
            context.close(promise: nil)
        }
    }

    private func writeOut() {
        guard let context, encoder.pendingBytes > 0 else { return }
        lastSent = .now()
        let buffer = context.channel.allocator.buffer(bytes: encoder.pending)
        encoder.removeAll()
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    private func keepAlive(_ interval: TimeAmount) {
        guard !isEnded else { return }
        let now = NIODeadline.now()
        if now - lastReceived > interval * 3 {
            uplink.failed("nothing came from the collector for \((now - lastReceived).nanoseconds / 1_000_000) ms")
            context?.close(promise: nil)
            return
        }
        if session.isOpen, now - lastSent >= interval || now - lastReceived >= interval {
            encoder.control(.ping(now.uptimeNanoseconds))
            writeOut()
        }
    }
}
