/// The exporter's end of one session, as values: events in, what to do out.
package struct ExporterSession: ~Copyable {
    package enum Action: Hashable, Sendable {
        case opened(SessionGrant, SessionLimits)
        /// Every sequence up to this one is settled at the collector.
        case acknowledged(UInt64)
        /// The collector will not take this batch, now or later.
        case refused(UInt64, WireRefusal)
        case send(ControlFrame)
        /// The session cannot go on; `culprit` is the batch that the collector could not take, if one was.
        case end(WireRefusal, culprit: UInt64)
    }

    private enum State {
        case awaitingWelcome
        case open
        case ended
    }

    private var state = State.awaitingWelcome
    private var creditBytes = 0
    private var outstandingBytes: UInt64 = 0
    private var acknowledgedThrough: UInt64 = 0
    private var sent: [UInt64] = []
    private var sentHead = 0
    package private(set) var lastSent: UInt64 = 0

    private let highestAssigned: UInt64

    /// `highestAssigned`: the highest sequence that the incarnation has given out, where that is known. A collector that
    /// claims to have more would have batches skipped that it never saw.
    package init(highestAssigned: UInt64 = UInt64(Int64.max)) { self.highestAssigned = highestAssigned }

    package var isOpen: Bool { if case .open = state { true } else { false } }
    package var inFlightCount: Int { sent.count - sentHead }

    /// Whether one more frame may go out: credit counts what is unacknowledged before the frame.
    package func maySend(maximumInFlight: Int) -> Bool {
        isOpen && outstandingBytes < UInt64(creditBytes) && inFlightCount < maximumInFlight
    }

    package mutating func sentFrame(sequence: UInt64, bytes: Int) {
        precondition(sequence > lastSent, "sequences ascend")
        lastSent = sequence
        outstandingBytes += UInt64(bytes)
        sent.append(sequence)
    }

    package mutating func received(_ frame: ControlFrame) -> [Action] {
        switch (state, frame) {
        case (.ended, _): return []
        case (_, .error(let refusal, let culprit)):
            state = .ended
            return [.end(refusal, culprit: refusal.isRetryable ? 0 : culprit)]
        case (_, .ping(let token)): return [.send(.pong(token))]
        case (_, .pong): return []
        case (.awaitingWelcome, .welcome(let grant, let limits)):
            guard grant.highestDurableSequence <= highestAssigned else {
                return broken("a highest durable sequence of at most \(highestAssigned)")
            }
            state = .open
            creditBytes = max(1, grant.creditBytes)
            lastSent = grant.highestDurableSequence
            acknowledgedThrough = grant.highestDurableSequence
            return [.opened(grant, limits), .acknowledged(grant.highestDurableSequence)]
        case (.open, .acknowledge(let sequence, let bytes)):
            guard sequence <= lastSent, sequence >= acknowledgedThrough, bytes <= outstandingBytes else {
                return broken("an acknowledgement of what was sent, not of sequence \(sequence)")
            }
            acknowledgedThrough = sequence
            outstandingBytes -= bytes
            while sentHead < sent.count, sent[sentHead] <= sequence { sentHead += 1 }
            if sentHead > 256, sentHead * 2 > sent.count {
                sent.removeFirst(sentHead)
                sentHead = 0
            }
            return [.acknowledged(sequence)]
        case (.open, .refuse(let sequence, let refusal)):
            guard sequence <= lastSent, sequence > acknowledgedThrough else {
                return broken("a refusal of what was sent, not of sequence \(sequence)")
            }
            return [.refused(sequence, refusal)]
        default: return broken("a frame that a collector sends in this state")
        }
    }

    package mutating func failed(_ error: WireError) -> [Action] {
        state = .ended
        return [
            .end(WireRefusal(code: error.code, message: error.description, isRetryable: true), culprit: 0)
        ]
    }

    private mutating func broken(_ expected: String) -> [Action] {
        failed(WireError(.unexpectedFrame, field: "frame", offset: 0, expected: expected))
    }
}
