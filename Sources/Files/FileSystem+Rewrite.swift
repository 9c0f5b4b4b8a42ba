extension FileSystem {
    /// Writes bytes that were read from a file over themselves and makes them durable.
    ///
    /// What can be read may lie in the cache alone: its writer may have been killed before its sync, or may have met an
    /// error in it, after which the kernel takes the bytes for written (`fsync(2)`). Who acts on them, or tells others,
    /// must not lose them again. Where they are on the disk already nothing changes, even if the power goes meanwhile.
    public func rewrite(_ path: String, _ bytes: some Collection<UInt8>, at offset: Int) throws(FileError) {
        let file = try openForAppending(path)
        try file.write(Array(bytes), at: offset)
        try file.sync()
        try file.close()
    }
}
