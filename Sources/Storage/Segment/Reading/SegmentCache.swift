import Files
import Synchronization

/// Decoded dictionaries and blocks of all segments, bounded in bytes, and their open files, bounded in number; what was
/// not used longest goes first.
package final class SegmentCache: Sendable {
    struct Key: Hashable {
        /// Which reader.
        var reader: UInt64
        /// Which block of rows, or which group's dictionaries, traces, statistics or page of the filter.
        var item: Int
        var kind: Kind

        enum Kind: UInt8 {
            case rows, dictionaries, traces, statistics, filter
        }

        static func rows(_ block: Int, reader: UInt64) -> Key { Key(reader: reader, item: block, kind: .rows) }
        static func dictionaries(of group: Int, reader: UInt64) -> Key {
            Key(reader: reader, item: group, kind: .dictionaries)
        }
        static func traces(of group: Int, reader: UInt64) -> Key { Key(reader: reader, item: group, kind: .traces) }
        static func statistics(of group: Int, reader: UInt64) -> Key {
            Key(reader: reader, item: group, kind: .statistics)
        }
        /// A filter is smaller than a block can be, so that offset and group fit one number.
        static func filterPage(_ offset: Int, of group: Int, reader: UInt64) -> Key {
            Key(reader: reader, item: group << 32 | offset, kind: .filter)
        }
    }

    private struct Entry {
        var value: any AnyObject & Sendable
        var bytes: Int
        var used: UInt64
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var bytes = 0
        var clock: UInt64 = 0
        var readers: UInt64 = 0
    }

    /// Segment files that are open at once; each has a descriptor.
    package static let maximumOpenFiles = 64

    package let limitBytes: Int
    let openFiles = OpenFiles<any File>(limit: maximumOpenFiles)
    private let state = Mutex(State())

    package init(limitBytes: Int = 32 << 20) { self.limitBytes = limitBytes }

    package var bytes: Int { state.withLock { $0.bytes } }

    /// A name for a reader, never given twice.
    func newReader() -> UInt64 {
        state.withLock { state in
            state.readers += 1
            return state.readers
        }
    }

    func value(_ key: Key) -> (any AnyObject & Sendable)? {
        state.withLock { state in
            state.clock += 1
            state.entries[key]?.used = state.clock
            return state.entries[key]?.value
        }
    }

    /// Keeps `value`, unless it alone is larger than the limit.
    func keep(_ value: any AnyObject & Sendable, _ key: Key, bytes: Int) {
        guard bytes <= limitBytes else { return }
        state.withLock { state in
            state.clock += 1
            state.bytes += bytes - (state.entries[key]?.bytes ?? 0)
            state.entries[key] = Entry(value: value, bytes: bytes, used: state.clock)
            if state.bytes > limitBytes { SegmentCache.evict(&state, to: limitBytes / 4 * 3, keeping: key) }
        }
    }

    func removeAll(of reader: UInt64) {
        state.withLock { state in
            for (key, entry) in state.entries where key.reader == reader {
                state.bytes -= entry.bytes
                state.entries[key] = nil
            }
        }
    }

    private static func evict(_ state: inout State, to limit: Int, keeping newest: Key) {
        for (key, entry) in state.entries.sorted(by: { $0.value.used < $1.value.used }) {
            if state.bytes <= limit { return }
            if key == newest { continue }
            state.bytes -= entry.bytes
            state.entries[key] = nil
        }
    }
}
