import Files
import Telemetry

/// Writes a segment, row group after row group: sorts, encodes, compresses and hashes each, and keeps only one in
/// memory. After an error the file may be there in part; it is nobody's then, and may be removed.
package struct SegmentWriter: ~Copyable {
    private let info: SegmentHeaderInfo
    private let rules: TransactionRules
    private let groupSpans: Int
    private let output: SegmentOutput
    private var footer: SegmentFooter
    private var entries = SegmentEntries()
    private var sizes = FamilySizes()
    /// The row group that is being gathered.
    private var gathered: (rows: SegmentGatherer, provenances: ProvenanceList)?

    /// Creates the file at `path`, which must not be there yet. `groupSpans` says where groups are cut.
    package init(
        info: SegmentHeaderInfo, path: String, files: any FileSystem, rules: TransactionRules, effort: SegmentEffort,
        groupSpans: Int = SegmentFormat.groupSpans
    ) throws(StoreError) {
        precondition(
            1...SegmentFormat.groupSpans ~= groupSpans, "a group has at most \(SegmentFormat.groupSpans) spans")
        let header = try SegmentHeader.encode(info)
        let output = try SegmentOutput(path, files, effort: effort)
        try output.append(header)
        self.info = info
        self.rules = rules
        self.groupSpans = groupSpans
        self.output = output
        footer = SegmentFooter(headerHash: ContentHash.digest(of: header))
    }

    /// Adds the spans of `input` as one row group, or as several when it has more than a group holds; a trace is never
    /// parted, unless it alone is too large. Equal spans are stored once in each call.
    package mutating func append(_ input: SegmentInput) throws(StoreError) {
        try endGroup()
        try admit(input.spanCount)
        var provenances = ProvenanceList()
        let parts = input.parts.map { provenances.add($0) }
        guard let cut = GroupCut(input, groupSpans: groupSpans) else {
            let gatherer = SegmentGatherer(
                spans: input.spanCount, values: input.parts.reduce(0) { $0 + $1.batch.values.count })
            for (part, numbers) in zip(input.parts, parts) {
                gatherer.add(part.batch, part: numbers.first, partOfRow: numbers.ofRow)
            }
            try append(gatherer, provenances.all)
            return
        }
        for group in 0..<cut.groupCount {
            let gatherer = SegmentGatherer(spans: groupSpans, values: 1024)
            for (index, part) in input.parts.enumerated() {
                let chosen = cut.rows(of: index, in: group)
                if chosen.isEmpty { continue }
                gatherer.add(
                    part.batch, part: parts[index].first, partOfRow: parts[index].ofRow, chosen: chosen)
            }
            try append(gatherer, provenances.all)
        }
    }

    /// Adds the spans of `part` to the row group that `endGroup` writes, so that the batches of a group need not be in
    /// memory together. A group has at most `groupSpans`.
    package mutating func gather(_ part: SegmentPart) throws(StoreError) {
        var (gatherer, provenances) =
            gathered ?? (SegmentGatherer(spans: part.batch.count, values: part.batch.values.count), ProvenanceList())
        gathered = nil
        try admit(gatherer.rows.rows.count + part.batch.count)
        precondition(
            gatherer.rows.rows.count + part.batch.count <= groupSpans, "a group has at most \(groupSpans) spans")
        let numbers = provenances.add(part)
        gatherer.add(part.batch, part: numbers.first, partOfRow: numbers.ofRow)
        gathered = (gatherer, provenances)
    }

    /// Writes what was gathered since the last group.
    package mutating func endGroup() throws(StoreError) {
        guard let (gatherer, provenances) = gathered else { return }
        gathered = nil
        try append(gatherer, provenances.all)
    }

    private func admit(_ spans: Int) throws(StoreError) {
        guard footer.spanCount + spans <= SegmentFormat.maximumSpans else {
            throw StoreError(
                .limit,
                "a segment of \(footer.spanCount + spans) spans is asked for, and at most \(SegmentFormat.maximumSpans) are allowed",
                path: output.path)
        }
    }

    private mutating func append(_ gatherer: SegmentGatherer, _ provenances: [Provenance]) throws(StoreError) {
        if gatherer.rows.rows.count == 0 { return }
        var draft = GroupDraft(
            gatherer, provenance: provenances, rules: rules, firstRow: footer.spanCount,
            firstRowBlock: footer.groups.last?.rowBlocks.upperBound ?? 0)
        try draft.write(to: output)
        footer.add(draft)
        sizes.add(draft.families)
        entries.append(draft.entries())
    }

    /// What the groups added since the last call bring to the index; the summary leaves it out then, so that a large
    /// segment never has all of it in memory.
    package mutating func takeEntries() -> SegmentEntries {
        let taken = entries
        entries = SegmentEntries()
        return taken
    }

    /// Writes the footer and makes the file and its directory entry durable.
    package consuming func finish() throws(StoreError) -> SegmentSummary {
        try endGroup()
        footer.blocks = output.blocks
        try output.append(try footer.encode(at: output.count))
        try output.finish()
        return SegmentSummary(
            info: info, path: output.path, fileBytes: output.count, spanCount: footer.spanCount,
            duplicateCount: footer.duplicateCount, refusedTransactionIDs: footer.refusedTransactionIDs,
            minimumStartNanoseconds: footer.minimumStartNanoseconds,
            latestStartNanoseconds: footer.latestStartNanoseconds,
            maximumEndNanoseconds: footer.maximumEndNanoseconds, contentSum: footer.contentSum,
            duplicateSum: footer.duplicateSum, groups: footer.groups, blocks: footer.blocks, traces: entries.traces,
            transactions: entries.transactions, catalog: entries.catalog,
            bytesByFamily: sizes.bytes(with: footer.blocks))
    }

    /// Writes all of `input` to a new file at `path`.
    package static func write(
        _ input: SegmentInput, info: SegmentHeaderInfo, path: String, files: any FileSystem, rules: TransactionRules,
        effort: SegmentEffort = .fast, groupSpans: Int = SegmentFormat.groupSpans
    ) throws(StoreError) -> SegmentSummary {
        var writer = try SegmentWriter(
            info: info, path: path, files: files, rules: rules, effort: effort, groupSpans: groupSpans)
        try writer.append(input)
        return try writer.finish()
    }

    static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
