import Files

/// An index run while it is open: its file, and the pages of it that are in memory.
package final class OpenRun: Sendable {
    /// Runs that are open at once; each has a descriptor.
    package static let maximumOpen = 32

    let file: RunFile
    private let cache: RunPageCache
    /// The run's name in the cache.
    private let name: UInt64

    init(path: String, files: any FileSystem, cache: RunPageCache, name: UInt64) throws(StoreError) {
        file = try RunFile(path, files)
        self.cache = cache
        self.name = name
    }

    /// A page, from memory or from the file. Scans do not keep theirs, for they would drive out what look-ups need.
    func page(_ number: UInt32, keep: Bool) throws(StoreError) -> RunPage {
        if let known = cache.page(name, number) { return known }
        let page = try file.page(number)
        if keep { cache.keep(page, name) }
        return page
    }
}
