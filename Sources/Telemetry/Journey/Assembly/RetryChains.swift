/// Finds the attempt that followed each attempt.
enum RetryChains {
    private struct Key: Hashable {
        var parent: Int
        var caller: String
        var operation: String
        var attempt: Int
    }

    /// Sets `retriedBy`: the next sibling by the same caller, of the same name, whose attempt number is one higher.
    static func mark(_ hops: inout [Hop]) {
        var latest: [Key: Int] = [:]
        for position in hops.indices {
            guard let caller = hops[position].caller else { continue }
            let attempt = hops[position].attempt ?? 1
            var key = Key(
                parent: hops[position].parent ?? -1 - hops[position].leg, caller: caller.service,
                operation: caller.name, attempt: attempt)
            latest[key] = position
            guard attempt > 1 else { continue }
            key.attempt -= 1
            if let previous = latest.removeValue(forKey: key) { hops[previous].retriedBy = position }
        }
    }
}
