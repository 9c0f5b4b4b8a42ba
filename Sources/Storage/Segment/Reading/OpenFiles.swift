import Synchronization

/// Files that are open, bounded in number: what was not used longest is let go first, and closed when nobody reads it
/// any more. Whoever needs one that is not open opens it again.
package final class OpenFiles<Handle: Sendable>: Sendable {
    private struct Entry {
        var handle: Handle
        var used: UInt64
    }

    private struct State {
        var entries: [UInt64: Entry] = [:]
        var clock: UInt64 = 0
        var names: UInt64 = 0
    }

    package let limit: Int
    private let state = Mutex(State())

    package init(limit: Int) { self.limit = max(1, limit) }

    package var count: Int { state.withLock { $0.entries.count } }

    /// A name for a file, never given twice.
    func newName() -> UInt64 {
        state.withLock { state in
            state.names += 1
            return state.names
        }
    }

    /// The open file `name`, or what `open` opens.
    func handle(_ name: UInt64, open: () throws(StoreError) -> Handle) throws(StoreError) -> Handle {
        let known = state.withLock { state -> Handle? in
            state.clock += 1
            state.entries[name]?.used = state.clock
            return state.entries[name]?.handle
        }
        if let known { return known }
        return keep(try open(), name)
    }

    /// Keeps `handle`, unless another thread was faster: then that thread's is returned.
    @discardableResult
    func keep(_ handle: Handle, _ name: UInt64) -> Handle {
        // What goes is let go outside the lock, for closing a file may take its time.
        let (kept, gone) = state.withLock { state -> (Handle, Handle?) in
            state.clock += 1
            if let known = state.entries[name]?.handle { return (known, nil) }
            var gone: Handle?
            if state.entries.count >= limit,
                let oldest = state.entries.min(by: { $0.value.used < $1.value.used })?.key
            {
                gone = state.entries.removeValue(forKey: oldest)?.handle
            }
            state.entries[name] = Entry(handle: handle, used: state.clock)
            return (handle, gone)
        }
        withExtendedLifetime(gone) {}
        return kept
    }

    func close(_ name: UInt64) {
        let gone = state.withLock { $0.entries.removeValue(forKey: name) }
        withExtendedLifetime(gone) {}
    }
}
