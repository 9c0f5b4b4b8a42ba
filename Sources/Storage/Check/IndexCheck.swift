import Files
import Telemetry

/// Checks index runs: every page of each, and that together they say of the segments what those say themselves.
struct IndexCheck {
    private let identity: StoreIdentity
    private let root: String
    private let files: any FileSystem
    /// What each run that was checked says of each of its segments; `nil` where it cannot be read.
    private var runs: [UInt64: [UInt64: RowDigest]?] = [:]

    init(identity: StoreIdentity, root: String, files: any FileSystem) {
        self.identity = identity
        self.root = root
        self.files = files
    }

    func isChecked(_ number: UInt64) -> Bool { runs[number] != nil }

    /// Checks one run; what is wrong is returned.
    mutating func check(
        _ entry: RunEntry, progress: (Int) throws(StoreError) -> Void
    ) throws(StoreError) -> [StoreFinding] {
        var findings: [StoreFinding] = []
        do throws(StoreError) {
            findings = try damagedPages(entry, progress)
            if findings.isEmpty {
                let reader = try IndexReader(
                    path: root + "/" + entry.path, files: files, expecting: identity.storeID)
                if let problem = strangeness(reader, entry) {
                    findings.append(StoreFinding(.foreign, entry.path, problem))
                } else {
                    runs[entry.number] = .some(try digests(of: reader))
                }
            }
        } catch { findings.append(StoreFinding(error, path: entry.path)) }
        if !findings.isEmpty { runs[entry.number] = .some(nil) }
        for index in findings.indices { findings[index].canBeRebuilt = true }
        return findings
    }

    /// Reads every page.
    private func damagedPages(
        _ entry: RunEntry, _ progress: (Int) throws(StoreError) -> Void
    ) throws(StoreError) -> [StoreFinding] {
        let file = try RunFile(root + "/" + entry.path, files)
        let page = UnsafeMutableRawBufferPointer.allocate(byteCount: PageFormat.pageBytes, alignment: 16)
        defer { page.deallocate() }
        var findings: [StoreFinding] = []
        for number in 0..<file.pages {
            do throws(StoreError) { try file.read(UInt32(number + 1), into: page) } catch {
                var finding = StoreFinding(error, path: entry.path)
                finding.offset = number * PageFormat.pageBytes
                findings.append(finding)
            }
            try progress(PageFormat.pageBytes)
        }
        return findings
    }

    /// Why the file is not the one that the manifest means.
    private func strangeness(_ reader: IndexReader, _ entry: RunEntry) -> String? {
        if reader.epoch > identity.epoch {
            return "it was written in epoch \(reader.epoch) of the store, and this is epoch \(identity.epoch)"
        }
        if UInt64(reader.fileBytes) != entry.fileBytes {
            return "it has \(reader.fileBytes) bytes, and the manifest says \(entry.fileBytes)"
        }
        if reader.segmentNumbers != entry.segments { return "it covers other segments than the manifest says" }
        return nil
    }

    private func digests(of reader: IndexReader) throws(StoreError) -> [UInt64: RowDigest] {
        let numbers = reader.segmentNumbers
        var digests = [RowDigest](repeating: RowDigest(), count: numbers.count)
        var cursor = try reader.cursor(.traces, keeps: false)
        try cursor.first()
        while !cursor.isAtEnd {
            guard let row = TraceRow(try cursor.record()), Int(row.segment) < numbers.count else {
                throw cursor.error("has a row that is no trace's")
            }
            digests[Int(row.segment)].add(row.location)
            try cursor.next()
        }
        let kinds = reader.kinds.map { RowDigest.hash(kind: $0) }
        cursor = try reader.cursor(.transactions, keeps: false)
        try cursor.first()
        while !cursor.isAtEnd {
            guard let row = TransactionRow(try cursor.record()), Int(row.segment) < numbers.count,
                Int(row.kind) < kinds.count
            else { throw cursor.error("has a row that is no transaction's") }
            digests[Int(row.segment)].add(
                isText: row.isText, value: row.value, kind: kinds[Int(row.kind)], trace: row.trace)
            try cursor.next()
        }
        return Dictionary(zip(numbers, digests)) { first, _ in first }
    }

    /// What the runs together say wrongly of the segments. `expected` is of those that can be read.
    func disagreements(_ committed: CommittedStore, expected: [UInt64: RowDigest]) -> [StoreFinding] {
        var found: [UInt64: [RowDigest]] = [:]
        var unknown: Set<UInt64> = []
        for entry in committed.runs {
            guard case .some(.some(let digests)) = runs[entry.number] else {
                unknown.formUnion(entry.segments)
                continue
            }
            for (number, digest) in digests { found[number, default: []].append(digest) }
        }
        var findings: [StoreFinding] = []
        for entry in committed.segments where !unknown.contains(entry.number) {
            guard let expected = expected[entry.number],
                let problem = problem(found[entry.number] ?? [], expected)
            else { continue }
            var finding = StoreFinding(.disagrees, entry.path, problem)
            finding.canBeRebuilt = true
            findings.append(finding)
        }
        return findings
    }

    private func problem(_ found: [RowDigest], _ expected: RowDigest) -> String? {
        guard let digest = found.first else { return "no index run covers it, so that look-ups do not find its traces" }
        if found.count > 1 { return "\(found.count) index runs cover it" }
        if digest == expected { return nil }
        if digest.traces == expected.traces, digest.transactions == expected.transactions {
            return "the index says other things of its traces or transactions than it does"
        }
        return
            "the index has \(digest.traces) rows of its traces and \(digest.transactions) of its transactions, and it "
            + "has \(expected.traces) and \(expected.transactions)"
    }
}
