import Files
import Storage
import Telemetry

extension Simulation {
    private enum Step {
        case append, burst, openSession, closeSession, seal, look, faults, room, stop, cut, kill, reopen, wait, rot,
            maintain, hold, backUp
    }

    /// Something happens.
    func step() throws {
        count(\.steps)
        if store == nil { return try recoverFromFailedOpen() }
        if hasFailed, random.oneIn(3) { return try restart(random.oneIn(2) ? .clean : .kill) }
        if isStopping, random.oneIn(4) { return try restart(random.oneIn(3) ? .kill : .cut) }
        let step = random.pick(weighted: [
            (30, Step.append), (6, .burst), (6, .openSession), (5, .closeSession), (10, .seal), (12, .look),
            (5, .faults), (3, .room), (3, .stop), (3, .cut), (2, .kill), (3, .reopen), (6, .wait),
            (3, .rot), (7, .maintain), (3, .hold), (1, .backUp),
        ])
        switch step {
        case .append: try append(count: 1)
        case .burst: try append(count: 2 + random.below(4))
        case .openSession: try openSession()
        case .closeSession: try closeSession()
        case .seal: try seal()
        case .look: try look()
        case .faults: toggleFaults()
        case .room: toggleRoom()
        case .stop: stop()
        case .cut: try restart(.cut)
        case .kill: try restart(.kill)
        case .reopen: try restart(.clean)
        case .wait: wait()
        case .rot: try rot()
        case .maintain: try maintain()
        case .hold: try hold()
        case .backUp: try backUp()
        }
    }

    /// The last start failed on a bad disk: it gets better, or not yet.
    private func recoverFromFailedOpen() throws {
        if random.oneIn(3) {
            say("mended")
            mend()
        }
        try restart(random.pick([.clean, .kill, .cut]))
    }

    func mend() {
        isFaulty = false
        isFull = false
        disk.fail(.none)
        disk.resize(toBytes: nil)
    }

    private func toggleFaults() {
        if isFaulty {
            isFaulty = false
            disk.fail(.none)
            say("faults off")
            return
        }
        isFaulty = true
        profile = anyProfile()
        disk.fail(profile)
    }

    private func anyProfile() -> FaultProfile {
        if random.oneIn(2) {
            let chance = Double(1 + random.below(30)) / 200
            say("faults everywhere \(chance)")
            return FaultProfile(every: chance)
        }
        let kinds: [(String, WritableKeyPath<FaultProfile, Double>)] = [
            ("open", \.open), ("read", \.read), ("create", \.create), ("remove", \.remove), ("list", \.list),
            ("truncate", \.truncate), ("makeDirectory", \.makeDirectory), ("syncDirectory", \.syncDirectory),
            ("write", \.write), ("sync", \.sync),
        ]
        var profile = FaultProfile()
        for _ in 0..<1 + random.below(2) {
            let (name, path) = random.pick(kinds)
            profile[keyPath: path] = Double(1 + random.below(10)) / 20
            say("faults in \(name) \(profile[keyPath: path])")
        }
        profile.droppingSyncs = random.pick([0, 0.5, 1])
        return profile
    }

    private func toggleRoom() {
        isFull.toggle()
        let room = random.below(random.oneIn(2) ? 4_000 : 40_000)
        disk.resize(toBytes: isFull ? disk.usedBytes + room : nil)
        say(isFull ? "room for \(room) bytes" : "room again")
    }

    /// The machine will stop somewhere in what follows.
    private func stop() {
        if isStopping { return }
        isStopping = true
        let operations = random.below(random.oneIn(2) ? 12 : 60)
        disk.stop(after: operations)
        say("stop after \(operations)")
    }

    private func wait() {
        let hour = 3_600_000_000_000 as UInt64
        // Below the thirty days after which the ledger forgets closed sessions.
        let isLate = now - Simulation.start > 20 * RetentionModel.day
        now += random.pick([1_000_000, 30_000_000_000, hour] + (isLate ? [] : [26 * hour, 26 * hour, 80 * hour]))
        say("wait until +\((now - Simulation.start) / 1_000_000_000) s")
    }

    func seal() throws {
        guard let store else { return }
        gate.release()
        say("seal")
        for batch in model.batches where batch.isCounted { batch.mayBeSealed = true }
        let mayFail = mayFail || isFull || hasFailed
        let isSealed = try attempt("seal", mayFail: mayFail) { try store.seal() } != nil
        guard isSealed else { return }
        for batch in model.batches where batch.isCounted { batch.isSealed = true }
        guard store.statistics.liveSpans == 0 else {
            throw SimulationFailure("after a seal \(store.statistics.liveSpans) spans are still live")
        }
    }
}
