import Synchronization

/// Directories whose entries in their parents are durable for certain.
///
/// One that exists proves nothing: a process may have been killed, or have met an error, between making it and syncing
/// its parent, and then a power cut takes it with all that is in it. So the parent of each is synced once by each
/// process that relies on it.
final class DurableDirectories: Sendable {
    /// Beyond this many all are forgotten, and synced again when they are next asked for.
    static let maximumCount = 65_536

    private let known: Mutex<Set<String>>

    init() { known = Mutex([]) }

    /// Makes `path` and its parents, each synced into its own parent.
    func make(
        _ path: String, make: (String) throws(FileError) -> Void, sync: (String) throws(FileError) -> Void
    ) throws(FileError) {
        if known.withLock({ $0.contains(path) }) { return }
        var prefix = ""
        for (index, part) in path.split(separator: "/", omittingEmptySubsequences: false).enumerated() {
            let parent = prefix
            prefix += index == 0 ? String(part) : "/" + part
            if part.isEmpty || part == "." || known.withLock({ $0.contains(prefix) }) { continue }
            try make(prefix)
            try sync(parent.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : parent)
            known.withLock { known in
                if known.count >= DurableDirectories.maximumCount { known.removeAll() }
                known.insert(prefix)
            }
        }
    }

    func forget(_ path: String) { known.withLock { _ = $0.remove(path) } }
}
