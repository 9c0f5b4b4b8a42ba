import Files

/// A directory that must not have anything in it.
enum EmptyDirectory {
    /// Makes it when it is missing; refuses one that has anything.
    static func prepare(_ path: String, files: any FileSystem) throws(StoreError) {
        let names = try StoreError.from { () throws(FileError) in
            guard try files.exists(path) else {
                try files.makeDirectories(path)
                return [String]()
            }
            return try files.list(path)
        }
        guard names.isEmpty else {
            throw StoreError(.inUse, "it is not empty; name a directory that is empty or not there", path: path)
        }
    }
}
