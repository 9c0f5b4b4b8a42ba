import Storage
import Telemetry

extension Simulation {
    /// A connected session to send on: one that is there, or a new one.
    func session(_ opened: inout [ModelSession]) throws -> ModelSession {
        let connected = model.sessionOrder.filter(\.isConnected)
        if let session = connected.isEmpty ? nil : random.pick(connected) { return session }
        return try openSession()
    }

    /// An exporter connects: a new one, a new life of one, or one that was away.
    @discardableResult
    func openSession() throws -> ModelSession {
        let away = model.sessionOrder.filter { !$0.isConnected && (!$0.isClosed || random.oneIn(6)) }
        let session: ModelSession
        if !away.isEmpty, random.oneIn(2) {
            session = random.pick(away)
        } else {
            session = ModelSession(
                key: SessionKey(
                    principal: "spiffe://bank/pay", instance: "pod-\(random.below(4))",
                    incarnation: UInt64(model.sessionOrder.count + 1)))
            model.add(session)
        }
        guard let store else { return session }
        now += 1000
        say("open session \(session.name)")
        var granted = 0 as UInt64
        let record = SessionRecord(key: session.key, timeNanoseconds: now)
        let answer = gate.send([WriterGate.barrier], after: { granted = $0.sessionOpened(record) }, to: store)[0]
        guard granted == session.highWater else {
            throw SimulationFailure("session \(session.name) was granted \(granted), not \(session.highWater)")
        }
        session.isConnected = true
        session.refusedFrom = nil
        if try isWritten(answer) {
            session.isSeen = true
            session.isClosed = false
        } else {
            session.maybeSeen = true
            session.maybeReopened = true
        }
        return session
    }

    /// An exporter ends in order, or its connection just goes away.
    func closeSession() throws {
        let connected = model.sessionOrder.filter(\.isConnected)
        guard let store, !connected.isEmpty else { return }
        let session = random.pick(connected)
        let last = random.oneIn(3) ? nil : session.nextSequence - 1
        now += 1000
        say("close session \(session.name) \(last.map { "at \($0)" } ?? "without a word")")
        let record = SessionRecord(key: session.key, timeNanoseconds: now)
        let answer = gate.send(
            [WriterGate.barrier], after: { $0.sessionClosed(record, lastSequence: last) }, to: store)[0]
        session.isConnected = false
        if try isWritten(answer) {
            session.isSeen = true
            if let last {
                session.isClosed = true
                session.closedAt = max(session.closedAt, last)
            }
        } else {
            session.maybeSeen = true
            if let last { session.maybeClosedAt.append(last) }
        }
    }

    /// Whether what was queued before a barrier is durable.
    private func isWritten(_ answer: WriterGate.Outcome) throws -> Bool {
        switch answer {
        case .success:
            if hasFailed { throw SimulationFailure("something was acknowledged after a failed sync") }
            return true
        case .failure(let error):
            say("  \(error)")
            guard mayFail || isFull || hasFailed else {
                throw SimulationFailure("a record was refused on a good disk: \(error)")
            }
            if error.code == .failed { hasFailed = true }
            return false
        }
    }
}
