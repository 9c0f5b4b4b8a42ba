/// The collector's end of one session, as values: events in, what to do out. `WireReceiverHandler` carries it out.
package struct ReceiverSession: ~Copyable {
    package enum Action: Hashable, Sendable {
        case send(ControlFrame)
        /// Send the error and end the connection.
        case fail(WireRefusal, sequence: UInt64)
        /// End the connection once what was sent is out.
        case close
    }

    private enum State {
        case awaitingHello
        case open
        case closed
    }

    private struct Pending {
        var sequence: UInt64
        var bytes: Int
        var memoryBytes: Int
        var isDone = false
    }

    private var state = State.awaitingHello
    private var creditBytes = 0
    private var highestSequence: UInt64 = 0
    private var pending: [Pending] = []
    private var head = 0
    private var outstandingBytes = 0
    private var isClosing = false
    /// What CLOSE named; `nil` until it came.
    package private(set) var lastSequence: UInt64?

    package init() {}

    package var isOpen: Bool { if case .open = state { true } else { false } }
    package var isAwaitingHello: Bool { if case .awaitingHello = state { true } else { false } }
    /// Submissions handed over and not settled.
    package var pendingCount: Int { pending.count - head }
    /// Decoded bytes of the submissions that were handed over and not answered.
    package private(set) var pendingMemoryBytes = 0

    package mutating func helloReceived() throws(WireError) {
        guard case .awaitingHello = state else {
            throw ReceiverSession.unexpected("HELLO only once, as the first frame")
        }
    }

    package mutating func granted(_ grant: SessionGrant, limits: SessionLimits) -> [Action] {
        state = .open
        creditBytes = max(1, grant.creditBytes)
        return [.send(.welcome(grant, limits))]
    }

    package mutating func refused(_ refusal: WireRefusal) -> [Action] {
        state = .closed
        return [.fail(refusal, sequence: 0)]
    }

    /// A frame with a sequence was read: `bytes` on the wire, `memoryBytes` decoded.
    package mutating func submitted(sequence: UInt64, bytes: Int, memoryBytes: Int = 0) throws(WireError) {
        guard case .open = state, !isClosing else {
            throw ReceiverSession.unexpected("HELLO before any batch, none after CLOSE")
        }
        guard sequence > highestSequence else {
            throw WireError(
                .sequenceOrder, field: "sequence", offset: 0, expected: "more than \(highestSequence), not \(sequence)")
        }
        guard outstandingBytes < creditBytes else {
            throw WireError(
                .creditExceeded, field: "frame", offset: 0,
                expected: "no frame while \(outstandingBytes) of \(creditBytes) credit bytes are unacknowledged")
        }
        highestSequence = sequence
        outstandingBytes += bytes
        pendingMemoryBytes += memoryBytes
        pending.append(Pending(sequence: sequence, bytes: bytes, memoryBytes: memoryBytes))
    }

    /// The delegate answered for `sequence`; answers may come in any order.
    package mutating func completed(_ sequence: UInt64, _ result: Result<Void, WireRefusal>) -> [Action] {
        guard case .open = state, let index = pending[head...].firstIndex(where: { $0.sequence == sequence }) else {
            return []
        }
        var actions: [Action] = []
        if case .failure(let refusal) = result {
            if refusal.isRetryable || refusal.code.rawValue < 0x80 {
                state = .closed
                return [.fail(refusal, sequence: sequence)]
            }
            actions.append(.send(.refuse(sequence: sequence, refusal)))
        }
        pending[index].isDone = true
        pendingMemoryBytes -= pending[index].memoryBytes
        pending[index].memoryBytes = 0
        var bytes = 0
        var settled: UInt64 = 0
        while head < pending.count, pending[head].isDone {
            bytes += pending[head].bytes
            settled = pending[head].sequence
            head += 1
        }
        if head > 256, head * 2 > pending.count {
            pending.removeFirst(head)
            head = 0
        }
        if settled > 0 {
            outstandingBytes -= bytes
            actions.append(.send(.acknowledge(sequence: settled, bytes: UInt64(bytes))))
        }
        if isClosing, pendingCount == 0 { actions.append(.close) }
        return actions
    }

    package mutating func controlReceived(_ frame: ControlFrame) throws(WireError) -> [Action] {
        switch frame {
        case .ping(let token): return [.send(.pong(token))]
        case .pong: return []
        case .close(let last):
            guard case .open = state, !isClosing else {
                throw ReceiverSession.unexpected("CLOSE once, in an open session")
            }
            lastSequence = last
            isClosing = true
            return pendingCount == 0 ? [.close] : []
        case .error:
            state = .closed
            return [.close]
        case .hello, .welcome, .acknowledge, .refuse:
            throw ReceiverSession.unexpected("a frame that an exporter sends")
        }
    }

    /// What was received breaks the protocol.
    package mutating func failed(_ error: WireError, sequence: UInt64) -> [Action] {
        state = .closed
        return [
            .fail(WireRefusal(code: error.code, message: error.description, isRetryable: false), sequence: sequence)
        ]
    }

    private static func unexpected(_ expected: String) -> WireError {
        WireError(.unexpectedFrame, field: "frame type", offset: 0, expected: expected)
    }
}
