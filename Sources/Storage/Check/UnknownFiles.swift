import Files

/// Finds files of a data directory that nothing names.
struct UnknownFiles {
    private static let maximumDepth = 8
    /// So many are told one by one.
    private static let maximumTold = 1000

    let root: String
    let files: any FileSystem

    private static let known: Set<String> = [
        StoreIdentity.fileName, "lock", "manifest", "wal", "segments", "index", HoldDirectory.name,
        BackupStaging.name,
    ]

    /// What lies in the directory now, to be compared with a manifest that is read afterwards.
    func list() throws(StoreError) -> [String] {
        var found: [String] = []
        for name in try names("") {
            switch name {
            case "segments", "index": try walk(name, UnknownFiles.maximumDepth, &found)
            case "manifest", "wal", HoldDirectory.name:
                for entry in try names(name) { found.append(name + "/" + entry) }
            default: if !UnknownFiles.known.contains(name) { found.append(name) }
            }
        }
        return found
    }

    /// Those of `listed` that `committed` does not know.
    func findings(_ listed: [String], _ committed: CommittedStore) -> [StoreFinding] {
        let named = Set(committed.segments.map(\.path) + committed.runs.map(\.path))
        let unknown = listed.filter { path in
            if named.contains(path) { return false }
            let name = String(path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...])
            if path == "manifest/" + name { return ManifestFile.number(name) == nil }
            if path == "wal/" + name { return !(LogWriter.number(name).map(committed.needsLog) ?? false) }
            if path == HoldDirectory.name + "/" + name { return !HoldDirectory.isName(name) }
            return true
        }
        return unknown.prefix(UnknownFiles.maximumTold).map { path in
            StoreFinding(
                .unknown, path,
                "nothing names it: it is being written or removed now, or was left over, or is not the store's")
        }
    }

    private func walk(_ directory: String, _ depth: Int, _ found: inout [String]) throws(StoreError) {
        for name in try names(directory) {
            let path = directory + "/" + name
            if depth == 0 || name.hasSuffix(".seg") || name.hasSuffix(".idx") {
                found.append(path)
                continue
            }
            do throws(StoreError) { try walk(path, depth - 1, &found) } catch { found.append(path) }
        }
    }

    private func names(_ directory: String) throws(StoreError) -> [String] {
        let path = directory.isEmpty ? root : root + "/" + directory
        return try StoreError.from { () throws(FileError) in
            guard try files.exists(path) else { return [] }
            return try files.list(path)
        }
    }
}
