import Files

extension StoreError {
    /// Runs `body` and turns the file system's errors into the store's.
    static func from<R>(_ body: () throws(FileError) -> R) throws(StoreError) -> R {
        do throws(FileError) { return try body() } catch { throw StoreError(error) }
    }
}
