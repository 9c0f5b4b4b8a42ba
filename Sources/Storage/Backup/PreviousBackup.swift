import Files

/// An earlier backup, whose segments and index runs a new one may share: they are never written again.
struct PreviousBackup {
    let root: String
    private let files: any FileSystem
    private let known: [String: BackupCatalog.File]
    /// Whether contents are compared and not only names and sizes.
    private let readsFiles: Bool

    init(
        _ root: String, _ identity: StoreIdentity, isVerified: Bool, files: any FileSystem
    ) throws(StoreError) {
        let catalog = try BackupCatalog.read(root, files: files)
        guard catalog.storeID == identity.storeID else {
            throw StoreError(.notThisStore, "it is a backup of another store", path: root)
        }
        self.root = root
        self.files = files
        let damaged = Set(catalog.damages.map(\.path))
        known = Dictionary(
            catalog.files.filter {
                ($0.path.hasSuffix(".seg") || $0.path.hasSuffix(".idx")) && !damaged.contains($0.path)
            }.map { ($0.path, $0) }
        ) { first, _ in first }
        // After a restore two lives of a store give the same numbers to different files.
        readsFiles = isVerified || catalog.epoch != identity.epoch
    }

    /// What the previous backup says of a file.
    func file(_ path: String, bytes: UInt64) -> BackupCatalog.File? {
        guard let file = known[path], file.bytes == bytes else { return nil }
        return file
    }

    /// Whether the file in the previous backup is there, and is the same as the one at `path`.
    func isSame(_ file: BackupCatalog.File, as path: String) throws(StoreError) -> Bool {
        do throws(FileError) {
            let shared = root + "/" + file.path
            guard try files.exists(shared), try files.size(of: shared) == Int(clamping: file.bytes) else {
                return false
            }
            if !readsFiles { return true }
            for path in [shared, path] {
                let opened = try files.openForReading(path)
                let copied = try FileCopy.hash(opened, upTo: try opened.size()) { _ in }
                try opened.close()
                guard copied.sha256 == file.sha256, copied.bytes == file.bytes else { return false }
            }
            return true
        } catch  where error.operation == .read {
            // What cannot be read is copied, and told, by whoever copies.
            return false
        } catch { throw StoreError(error) }
    }
}
