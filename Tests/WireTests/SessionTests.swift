import Testing
import Wire

@Suite struct SessionTests {
    private func openReceiver(credit: Int = 100) throws -> ReceiverSession {
        var session = ReceiverSession()
        try session.helloReceived()
        let grant = SessionGrant(storeID: [1], epoch: 1, highestDurableSequence: 0, creditBytes: credit)
        _ = session.granted(grant, limits: SessionLimits(WireLimits()))
        return session
    }

    @Test func acknowledgementsAreCumulativeAndInOrder() throws {
        var session = try openReceiver()
        for sequence in 1...3 { try session.submitted(sequence: UInt64(sequence), bytes: 10) }
        #expect(session.completed(2, .success(())) == [])
        #expect(session.completed(1, .success(())) == [.send(.acknowledge(sequence: 2, bytes: 20))])
        #expect(session.completed(3, .success(())) == [.send(.acknowledge(sequence: 3, bytes: 10))])
        #expect(session.completed(3, .success(())) == [])
    }

    @Test func closeWaitsForWhatIsPending() throws {
        var session = try openReceiver()
        try session.submitted(sequence: 4, bytes: 10)
        #expect(try session.controlReceived(.close(lastSequence: 4)) == [])
        #expect(session.lastSequence == 4)
        #expect(throws: WireError.self) { try session.submitted(sequence: 5, bytes: 1) }
        #expect(session.completed(4, .success(())) == [.send(.acknowledge(sequence: 4, bytes: 10)), .close])
    }

    @Test func creditAndOrderAreKept() throws {
        var session = try openReceiver(credit: 15)
        try session.submitted(sequence: 1, bytes: 10)
        try session.submitted(sequence: 2, bytes: 10)
        let credit = #expect(throws: WireError.self) { try session.submitted(sequence: 3, bytes: 1) }
        #expect(credit?.code == .creditExceeded)
        let order = #expect(throws: WireError.self) { try session.submitted(sequence: 2, bytes: 1) }
        #expect(order?.code == .sequenceOrder)
    }

    @Test func decodedBytesCountUntilTheyAreAnswered() throws {
        var session = try openReceiver(credit: 1_000)
        for sequence in 1...3 { try session.submitted(sequence: UInt64(sequence), bytes: 10, memoryBytes: 1_000) }
        #expect(session.pendingMemoryBytes == 3_000)
        _ = session.completed(2, .success(()))
        #expect(session.pendingMemoryBytes == 2_000)
        _ = session.completed(
            1, .failure(WireRefusal(code: .batchRejected, message: "no", isRetryable: false)))
        _ = session.completed(3, .success(()))
        #expect(session.pendingMemoryBytes == 0 && session.pendingCount == 0)
    }

    @Test func aFinalRefusalSettlesTheBatchAndARetryableOneEndsTheSession() throws {
        var session = try openReceiver()
        for sequence in 1...2 { try session.submitted(sequence: UInt64(sequence), bytes: 10) }
        let final = WireRefusal(code: .batchRejected, message: "no", isRetryable: false)
        #expect(
            session.completed(1, .failure(final)) == [
                .send(.refuse(sequence: 1, final)), .send(.acknowledge(sequence: 1, bytes: 10)),
            ])
        let later = WireRefusal(code: .storeUnavailable, message: "full", isRetryable: true)
        #expect(session.completed(2, .failure(later)) == [.fail(later, sequence: 2)])
        #expect(session.isOpen == false)
    }

    @Test func theExporterResumesAboveWhatIsDurableAndKeepsToItsCredit() {
        var session = ExporterSession()
        #expect(session.maySend(maximumInFlight: 10) == false)
        let grant = SessionGrant(storeID: [1], epoch: 2, highestDurableSequence: 41, creditBytes: 20)
        let limits = SessionLimits(WireLimits())
        #expect(session.received(.welcome(grant, limits)) == [.opened(grant, limits), .acknowledged(41)])
        #expect(session.lastSent == 41)
        session.sentFrame(sequence: 42, bytes: 19)
        #expect(session.maySend(maximumInFlight: 10) == true)
        #expect(session.maySend(maximumInFlight: 1) == false)
        session.sentFrame(sequence: 43, bytes: 5)
        #expect(session.maySend(maximumInFlight: 10) == false)
        #expect(session.received(.acknowledge(sequence: 42, bytes: 19)) == [.acknowledged(42)])
        #expect(session.maySend(maximumInFlight: 10) == true)
        #expect(session.inFlightCount == 1)
    }

    @Test func aCollectorThatClaimsWhatWasNeverSentIsNotBelieved() {
        var session = ExporterSession(highestAssigned: 4)
        let grant = SessionGrant(storeID: [1], epoch: 1, highestDurableSequence: .max)
        guard case .end? = session.received(.welcome(grant, SessionLimits(WireLimits()))).first else {
            Issue.record("the session went on")
            return
        }
        #expect(session.isOpen == false)
    }

    @Test func anAcknowledgementOfWhatWasNotSentEndsTheSession() {
        var session = ExporterSession()
        let grant = SessionGrant(storeID: [1], epoch: 1, highestDurableSequence: 0)
        _ = session.received(.welcome(grant, SessionLimits(WireLimits())))
        guard case .end(let refusal, 0)? = session.received(.acknowledge(sequence: 9, bytes: 0)).first else {
            Issue.record("the session went on")
            return
        }
        #expect(refusal.code == .unexpectedFrame)
        #expect(session.received(.ping(1)) == [])
    }
}
