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
            let exchange = ISO8583Exchange(nil, from: side, session: session, now: now)
            exchange.end(now: now, flag: nil, sentence: "the message is not as its dialect says: \(error)")
            return
        }
        if message.isAnswer {
            answer(message, from: side, now: now)
        } else {
            request(message, from: side, now: now)
        }
    }

    private func read(_ frame: ByteBuffer) throws(ISO8583Fault) -> ISO8583Message {
        let bytes = frame.getBytes(
            at: frame.readerIndex + framing.lengthBytes, length: frame.readableBytes - framing.lengthBytes)
        let result = (bytes ?? []).withUnsafeBytes { bytes -> Result<ISO8583Message, ISO8583Fault> in
            do throws(ISO8583Fault) {
                return .success(try ISO8583Reader.read(bytes, by: layout))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private func request(_ message: ISO8583Message, from side: StreamSide, now: UInt64) {
        let exchange = ISO8583Exchange(message, from: side, session: session, now: now)
        exchange.transactions = message.transactions(layout.settings.transactionSources)
        guard message.wantsAnswer else {
            series.ended(.oneWay, nanoseconds: 0)
            exchange.end(now: now, flag: nil, sentence: "")
            return
        }
        if pending.count >= layout.settings.maximumPendingRequests {
            let oldest = pending.removeFirst()
            series.ended(.unanswered, nanoseconds: now &- oldest.started)
            oldest.end(
                now: now, flag: .upstreamOverflow, sentence: "too many requests of this connection await answers")
        }
        pending.append(exchange)
    }

    private func answer(_ message: ISO8583Message, from side: StreamSide, now: UInt64) {
        let index = pending.firstIndex { exchange in
            exchange.side != side && exchange.request.map { message.answers($0) } ?? false
        }
        guard let index else {
            let exchange = ISO8583Exchange(message, from: side, session: session, now: now)
            exchange.transactions = message.transactions(layout.settings.transactionSources)
            series.ended(.unmatched, nanoseconds: 0)
            exchange.end(now: now, flag: nil, sentence: "an answer to no request that was seen on this connection")
            return
        }
        let exchange = pending.remove(at: index)
        exchange.response = message
        // What the request did not carry yet, the answer may: the retrieval reference is often the acquirer's.
        for identifier in message.transactions(layout.settings.transactionSources).identifiers
        where !exchange.transactions.has(identifier.attribute) {
            exchange.transactions.identifiers.append(identifier)
        }
        series.ended(.answered, nanoseconds: now &- exchange.started)
        exchange.end(now: now, flag: nil, sentence: "")
    }

    // MARK: Time

    func check(now: UInt64) {
        let milliseconds = layout.settings.responseTimeoutMilliseconds
        while let oldest = pending.first, now >= oldest.started.after(milliseconds: milliseconds) {
            pending.removeFirst()
            series.ended(.unanswered, nanoseconds: now &- oldest.started)
            oldest.end(now: now, flag: .upstreamTimeout, sentence: "no answer came within \(milliseconds) ms")
        }
    }

    func ended(now: UInt64) {
        for exchange in pending {
            series.ended(.unanswered, nanoseconds: now &- exchange.started)
            exchange.end(
                now: now, flag: session.flag ?? .upstreamConnectionTermination,
                sentence: "the connection ended before the answer")
        }
        pending = []
    }
}
