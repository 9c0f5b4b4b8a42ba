import Files

/// Which store a data directory holds, read without its lock and without making anything.
package struct StoreIdentity: Sendable, Hashable {
    package static let fileName = "identity"

    package var storeID: StoreID
    /// Which life of the store this is: grows by one with each restore from a backup.
    package var epoch: UInt64

    package init(storeID: StoreID, epoch: UInt64) {
        self.storeID = storeID
        self.epoch = epoch
    }

    /// Reads the identity of the store in `directory`.
    package static func read(_ directory: String, files: any FileSystem) throws(StoreError) -> StoreIdentity {
        let path = directory + "/" + fileName
        guard try StoreError.from({ () throws(FileError) in try files.exists(path) }) else {
            throw StoreError(.notThisStore, "it is no data directory: it has no file named identity", path: directory)
        }
        let bytes = try StoreError.from { () throws(FileError) in try files.readAll(path, limit: 4096) }
        return try decode(bytes, path: path)
    }

    static func decode(_ bytes: [UInt8], path: String) throws(StoreError) -> StoreIdentity {
        switch bytes.withUnsafeBytes({ FileHeader.read($0, .identity) }) {
        case .header(let header): return StoreIdentity(storeID: header.storeID, epoch: header.epoch)
        case .newer(let version): throw .newer(version, path: path)
        case .damaged: throw StoreError(.corrupt, "the store's identity is damaged", path: path)
        }
    }

    var bytes: [UInt8] { FileHeader(storeID: storeID, epoch: epoch).bytes(.identity) }
}
