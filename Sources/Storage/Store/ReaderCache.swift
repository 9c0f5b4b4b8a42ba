import Synchronization

/// Segments that are open, bounded in number and in what they keep in memory; what was not used longest is let go
/// first. A store of any number of segments is opened without opening one of them.
final class ReaderCache: Sendable {
    private struct Entry {
        var reader: SegmentReader
        var bytes: Int
        var used: UInt64
    }

    private struct State {
        var entries: [UInt64: Entry] = [:]
        var bytes = 0
        var clock: UInt64 = 0
    }

    static let maximumReaders = 512
    static let maximumBytes = 24 << 20
    /// What a block's entry in the footer takes in memory, about, its hash included.
    private static let bytesPerBlock = 224
    private static let bytesPerReader = 2048

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.entries.count } }

    /// The open segment `number`, or what `open` opens.
    func reader(
        _ number: UInt64, open: () throws(StoreError) -> SegmentReader
    ) throws(StoreError) -> SegmentReader {
        let known = state.withLock { state -> SegmentReader? in
            state.clock += 1
            state.entries[number]?.used = state.clock
            return state.entries[number]?.reader
        }
        if let known { return known }
        return keep(try open(), number)
    }

    /// Keeps `reader`, unless another thread was faster: then that thread's is returned.
    private func keep(_ reader: SegmentReader, _ number: UInt64) -> SegmentReader {
        let bytes = ReaderCache.bytesPerReader + reader.blocks.count * ReaderCache.bytesPerBlock
        // What goes is let go outside the lock: closing a file may take its time.
        let (kept, gone) = state.withLock { state -> (SegmentReader, [SegmentReader]) in
            state.clock += 1
            if let known = state.entries[number] { return (known.reader, []) }
            var gone: [SegmentReader] = []
            if state.entries.count >= ReaderCache.maximumReaders || state.bytes + bytes > ReaderCache.maximumBytes {
                gone = ReaderCache.evict(&state, making: bytes)
            }
            state.entries[number] = Entry(reader: reader, bytes: bytes, used: state.clock)
            state.bytes += bytes
            return (reader, gone)
        }
        withExtendedLifetime(gone) {}
        return kept
    }

    func remove(_ number: UInt64) {
        let gone = state.withLock { state in
            let gone = state.entries.removeValue(forKey: number)
            state.bytes -= gone?.bytes ?? 0
            return gone?.reader
        }
        withExtendedLifetime(gone) {}
    }

    /// A quarter at once, so that not each new reader looks for the oldest.
    private static func evict(_ state: inout State, making room: Int) -> [SegmentReader] {
        var gone: [SegmentReader] = []
        for (number, entry) in state.entries.sorted(by: { $0.value.used < $1.value.used }) {
            if state.entries.count <= maximumReaders / 4 * 3, state.bytes + room <= maximumBytes / 4 * 3 { break }
            gone.append(entry.reader)
            state.bytes -= entry.bytes
            state.entries[number] = nil
        }
        return gone
    }
}
