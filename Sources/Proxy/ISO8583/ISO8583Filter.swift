import Mesh
import NIOCore

/// Lets whole ISO 8583 messages through and pairs requests with their answers, in both directions of one connection.
final class ISO8583Filter: StreamFilter {
    private let layout: ISO8583Layout
    private let framing: ISO8583Framing
    private unowned let session: StreamSession
    private let series: ISO8583Series
    /// The oldest first.
    private var pending: [ISO8583Exchange] = []

    init(_ layout: ISO8583Layout, session: StreamSession, series: ISO8583Series) {
        self.layout = layout
        framing = layout.settings.framing
        self.session = session
        self.series = series
    }

    var maximumBufferedBytes: Int { framing.lengthBytes + framing.maximumMessageBytes }

    var isBetweenMessages: Bool { pending.isEmpty }

    // MARK: Messages

    func pass(_ input: inout ByteBuffer, from side: StreamSide, to output: ByteConnection) -> StreamFailure? {
        while output.isWritable {
            guard let prefix = input.getBytes(at: input.readerIndex, length: framing.lengthBytes) else { return nil }
            let length: Int
            switch framing.messageBytes(prefix) {
            case .success(let bytes): length = bytes
            case .failure(let fault):
                series.faults.increment()
                return StreamFailure(
                    flag: side == .downstream ? .downstreamProtocolError : .upstreamProtocolError,
                    sentence: "the length before a message is not sound: \(fault)")
            }
            guard let frame = input.readSlice(length: framing.lengthBytes + length) else { return nil }
            if session.route?.refusesUnrecorded == true, !session.worker.exportsPayments {
                return StreamFailure(
                    flag: .recordingRefused,
                    sentence:
                        "the record of a message can be kept neither in memory nor on disk, and its route refuses then")
            }
            // An empty message keeps the connection alive, nothing more.
            if length > 0 { look(at: frame, from: side) }
            output.write(frame)
        }
        return nil
    }

    private func look(at frame: ByteBuffer, from side: StreamSide) {
        let now = Clock.monotonic()
        let message: ISO8583Message
        do throws(ISO8583Fault) {
            message = try read(frame)
        } catch {
            series.faults.increment()
            let exchange = exchange(nil, frame, side, now)
            exchange.end(.init(time: now, sentence: "the message is not as its dialect says: \(error)"))
            return
        }
        if message.isAnswer {
            answer(message, frame, from: side, now: now)
        } else {
            request(message, frame, from: side, now: now)
        }
    }

    private func read(_ frame: ByteBuffer) throws(ISO8583Fault) -> ISO8583Message {
        let result = frame.withUnsafeReadableBytes { bytes -> Result<ISO8583Message, ISO8583Fault> in
            do throws(ISO8583Fault) {
                let content = UnsafeRawBufferPointer(rebasing: bytes[framing.lengthBytes...])
                return .success(try ISO8583Reader.read(content, by: layout))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private func exchange(
        _ message: ISO8583Message?, _ frame: ByteBuffer, _ side: StreamSide, _ now: UInt64
    ) -> ISO8583Exchange {
        let exchange = ISO8583Exchange(
            message, bytes: frame.readableBytes, from: side, session: session, now: now)
        if let message {
            exchange.transactions = message.transactions(layout.settings.transactionSources)
            session.worker.counters.transactionsNotFound(exchange.transactions)
        }
        return exchange
    }

    private func request(_ message: ISO8583Message, _ frame: ByteBuffer, from side: StreamSide, now: UInt64) {
        let exchange = exchange(message, frame, side, now)
        guard message.wantsAnswer else {
            series.ended(.oneWay, nanoseconds: 0)
            exchange.end(.init(time: now))
            return
        }
        if pending.count >= layout.settings.maximumPendingRequests {
            giveUp(
                pending.removeFirst(), .upstreamOverflow, "too many requests of this connection await answers", now)
        }
        pending.append(exchange)
    }

    private func answer(_ message: ISO8583Message, _ frame: ByteBuffer, from side: StreamSide, now: UInt64) {
        let index = pending.firstIndex { exchange in
            exchange.side != side && exchange.request.map { message.answers($0) } ?? false
        }
        guard let index else {
            let exchange = exchange(message, frame, side, now)
            series.ended(.unmatched, nanoseconds: 0)
            exchange.end(.init(time: now, sentence: "an answer to no request that was seen on this connection"))
            return
        }
        let exchange = pending.remove(at: index)
        exchange.answered(by: message, bytes: frame.readableBytes)
        // What the request did not carry yet, the answer may: the retrieval reference is often the acquirer's.
        for identifier in message.transactions(layout.settings.transactionSources).identifiers
        where !exchange.transactions.has(identifier.attribute) {
            exchange.transactions.identifiers.append(identifier)
        }
        series.ended(.answered, nanoseconds: now &- exchange.started)
        if exchange.side == .downstream { session.judge(.success) }
        exchange.end(.init(time: now))
    }

    private func giveUp(_ exchange: ISO8583Exchange, _ flag: ResponseFlag, _ sentence: String, _ now: UInt64) {
        series.ended(.unanswered, nanoseconds: now &- exchange.started)
        exchange.end(.init(time: now, flag: flag, sentence: sentence))
    }

    // MARK: Time

    func check(now: UInt64) {
        let milliseconds = layout.settings.responseTimeoutMilliseconds
        let late = pending.prefix { now >= $0.started.after(milliseconds: milliseconds) }
        guard !late.isEmpty else { return }
        pending.removeFirst(late.count)
        for oldest in late {
            let isClients = oldest.side == .downstream
            if isClients { session.judge(.gatewayFailure) }
            giveUp(
                oldest, isClients ? .upstreamTimeout : .downstreamTimeout,
                "no answer came within \(milliseconds) ms", now)
        }
    }

    func ended(now: UInt64) {
        for exchange in pending {
            let flag = session.flag ?? session.terminated(exchange.side.other)
            giveUp(exchange, flag, "the connection ended before the answer", now)
        }
        pending = []
    }
}
