import Files

/// Checks the files of the write-ahead log that are still needed, by replaying them.
struct LogCheck {
    struct Result {
        var findings: [StoreFinding] = []
        var files = 0
        var bytes = 0
        var records = 0
        var spans: UInt64 = 0
    }

    let committed: CommittedStore
    let root: String
    let files: any FileSystem

    private var directory: String { StoreDirectory(path: root, files: files).log }

    func run() throws(StoreError) -> Result {
        var result = Result()
        let reader = LogReader(
            files: files, directory: directory, storeID: committed.identity.storeID, epoch: committed.identity.epoch)
        var records = 0
        var spans: UInt64 = 0
        let summary = try reader.replay(from: committed.state.logFrom) { record, _ in
            records += 1
            if case .submission(let submission) = record { spans += UInt64(submission.spans.count) }
        }
        result.records = records
        result.spans = spans
        result.files = summary.fileCount
        result.bytes = summary.totalBytes
        result.findings = summary.damages.map { damage in
            StoreFinding(
                .damaged, relative(damage.file), offset: damage.offset,
                "\(damage.bytes) bytes at offset \(damage.offset) are no record, and were durable once: what was "
                    + "acknowledged with them is lost")
        }
        let known = Set(result.findings)
        result.findings += try strangeFiles().filter { finding in
            !known.contains { $0.path == finding.path && $0.offset == finding.offset }
        }
        for number in committed.state.keptLogFiles {
            result.findings.append(
                StoreFinding(
                    .damaged, "wal/" + LogWriter.name(number),
                    "it was found damaged when the store was opened, and is kept as evidence"))
        }
        return result
    }

    /// What replaying lets pass, because a crash may leave it: places without a record that nobody knows to have been
    /// durable, and files of which nothing is there.
    private func strangeFiles() throws(StoreError) -> [StoreFinding] {
        let numbers = try StoreError.from { () throws(FileError) in try files.list(directory) }
            .compactMap(LogWriter.number).filter { $0 >= committed.state.logFrom }.sorted()
        var findings: [StoreFinding] = []
        var contents: [(number: UInt64, bytes: [UInt8])] = []
        // What a file says of its predecessor: how much of it counts.
        var ends: [UInt64: Int] = [:]
        var headless: [(name: String, number: UInt64, bytes: [UInt8])] = []
        var passedOver: [Range<UInt64>] = []
        for number in numbers {
            let name = "wal/" + LogWriter.name(number)
            let bytes = try StoreError.from { () throws(FileError) in
                try files.readAll(root + "/" + name, limit: LogReader.maximumFileBytes)
            }
            contents.append((number, bytes))
            guard case .header(let header) = bytes.withUnsafeBytes({ FileHeader.read($0, .log) }) else {
                headless.append((name, number, bytes))
                continue
            }
            if header.previousNumber < header.number { passedOver.append(header.previousNumber + 1..<header.number) }
            if header.number != number {
                findings.append(StoreFinding(.foreign, name, "it is log file \(header.number)"))
            }
            ends[header.previousNumber] = Int(clamping: header.previousEnd)
            if header.previousNumber >= committed.state.logFrom, !numbers.contains(header.previousNumber) {
                findings.append(
                    StoreFinding(
                        .missing, "wal/" + LogWriter.name(header.previousNumber),
                        "log file \(number) comes after it, and it is not there: what was acknowledged in it is lost"))
            }
        }
        for file in headless {
            // Begun when the disk failed, and given up: the next file that could be begun passes over it.
            let wasBegun = !passedOver.contains { $0.contains(file.number) } && ends[file.number] != 0
            findings.append(
                headerFinding(file.name, file.bytes, wasBegun: wasBegun, isLast: file.number == numbers.last))
        }
        for (number, bytes) in contents where bytes.count >= FileHeader.byteCount {
            findings += holes(
                "wal/" + LogWriter.name(number), bytes, end: min(ends[number] ?? bytes.count, bytes.count))
        }
        return findings
    }

    private func headerFinding(
        _ name: String, _ bytes: [UInt8], wasBegun: Bool, isLast: Bool
    ) -> StoreFinding {
        guard wasBegun else {
            return StoreFinding(
                .cutShort, name, offset: 0,
                "its header at offset 0 was never written whole, and the files after it say that nothing was in it")
        }
        if isLast, bytes.count < FileHeader.byteCount {
            return StoreFinding(.cutShort, name, offset: 0, "it has \(bytes.count) bytes, fewer than its header")
        }
        return StoreFinding(.damaged, name, offset: 0, "its header at offset 0 is damaged")
    }

    /// Places of a file that are no record.
    private func holes(_ name: String, _ bytes: [UInt8], end: Int) -> [StoreFinding] {
        var findings: [StoreFinding] = []
        var offset = FileHeader.byteCount
        while offset < end {
            let start = offset
            if let record = bytes.withUnsafeBytes({ Frame.find($0, at: start) }) {
                offset = record.end
                continue
            }
            let next = bytes.withUnsafeBytes { Frame.find($0, from: start + 1)?.offset } ?? end
            let isCutShort = next >= end && TailCheck.isCutShort(bytes, at: start)
            findings.append(
                StoreFinding(
                    isCutShort ? .cutShort : .damaged, name, offset: start,
                    isCutShort
                        ? "its last \(end - start) bytes, from offset \(start) on, are the beginning of a record"
                        : "\(next - start) bytes at offset \(start) are no record: they were torn by a crash before "
                            + "anything in them was acknowledged, or are damaged"))
            offset = next
        }
        return findings
    }

    private func relative(_ path: String) -> String {
        path.hasPrefix(root + "/") ? String(path.dropFirst(root.count + 1)) : path
    }
}
