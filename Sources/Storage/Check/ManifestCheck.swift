import Files

/// Checks the newest file of the manifest, record by record.
struct ManifestCheck {
    let root: String
    let files: any FileSystem

    /// What is wrong at the end of the manifest file `number`, where the reader stops without a word, because a crash
    /// may have cut a commit short there; `nil` when nothing is. Returns the file's bytes as well.
    func tail(of number: UInt64) throws(StoreError) -> (finding: StoreFinding?, bytes: Int) {
        let relative = "manifest/" + ManifestFile.name(number)
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try files.readAll(root + "/" + relative, limit: ManifestFile.maximumFileBytes)
        } catch { throw StoreError(error) }
        var end = FileHeader.byteCount
        while end < bytes.count, let record = bytes.withUnsafeBytes({ Frame.find($0, at: end) }) { end = record.end }
        guard end < bytes.count else { return (nil, bytes.count) }
        let isCutShort = TailCheck.isCutShort(bytes, at: end)
        let problem =
            isCutShort
            ? "its last \(bytes.count - end) bytes, from offset \(end) on, are the beginning of a commit"
            : "its last \(bytes.count - end) bytes, from offset \(end) on, are no whole commit"
        return (StoreFinding(isCutShort ? .cutShort : .damaged, relative, offset: end, problem), bytes.count)
    }
}
