import Files
import Storage
import Telemetry

extension Simulation {
    /// A bit turns in a file that was durable for long. Whatever is answered then is right, or an error that names the
    /// file; and when the bit is back, everything is.
    func rot() throws {
        guard store != nil, !mayFail, !isFull, !hasFailed, model.doubtful.isEmpty else { return }
        let seed = random.next()
        let folders = ["/data/segments/", "/data/index/", "/data/manifest/", "/data/identity"]
        guard let place = disk.rot(seed: seed, { path in folders.contains { path.hasPrefix($0) } }) else { return }
        count(\.rots)
        say("bit \(place.mask) turns at \(place.offset) of \(place.path)")
        let turned = try disk.readAll(place.path, limit: .max)
        rotten = place.path
        hasEvidence = true
        try checkAll()
        let how = random.pick([Restart.clean, .kill])
        if random.oneIn(2) {
            try reopen(how)
            if store == nil {
                try turnBack(place, turned)
                return try reopen(.clean)
            }
            try checkAll()
            if random.oneIn(2) { try seal() }
        }
        // Nothing may have been done about it that makes it worse.
        try turnBack(place, turned)
        try reopen(.clean)
        try checkAll()
    }

    private func turnBack(_ place: SimulatedFileSystem.Rot, _ turned: [UInt8]) throws {
        rotten = nil
        // A file that nothing named may be gone, and another one have its number.
        guard try disk.exists(place.path), try disk.readAll(place.path, limit: .max).starts(with: turned) else {
            return say("the file with the bit is gone")
        }
        disk.corrupt(place.path, at: place.offset, exclusiveOr: place.mask)
        say("the bit is back")
    }

    /// A restart without further trouble.
    private func reopen(_ how: Restart) throws {
        say("reopen: \(how.rawValue)")
        gate.release()
        if how == .clean, let store { _ = try attempt("close", mayFail: false) { try store.close() } }
        let next = how == .kill ? disk.kill() : disk
        abandon()
        disk = next
        try open()
    }
}
