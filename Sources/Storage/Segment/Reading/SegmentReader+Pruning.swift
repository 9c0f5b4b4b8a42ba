import Telemetry

/// What a search and the listings ask before any row is read.
extension SegmentReader {
    /// Services, operations, attribute keys and values of the whole segment; empty for one of version 1.
    package func catalog() throws(StoreError) -> SegmentCatalog {
        var catalog = SegmentCatalog()
        for group in groups.indices { catalog.merge(try self.catalog(in: group)) }
        return catalog
    }

    package func catalog(in group: Int) throws(StoreError) -> SegmentCatalog {
        guard hasPruning(group) else { return SegmentCatalog() }
        return try CatalogBlock.decode(
            try parts(of: .catalog, in: group).plain, earliest: groups[group].earliestStart, path: path)
    }

    /// Of the group's blocks of rows, in their order; `nil` for a segment of version 1, of which nothing is known.
    package func statistics(of group: Int) throws(StoreError) -> GroupStatistics? {
        guard hasPruning(group) else { return nil }
        let key = SegmentCache.Key.statistics(of: group, reader: cacheName)
        if let cached = cache.value(key) as? GroupStatistics { return cached }
        let statistics = try StatisticsBlock.decode(
            try parts(of: .statistics, in: group).plain, group: groups[group],
            shapeCount: try dictionaries(of: group).shapes.count, path: path)
        cache.keep(statistics, key, bytes: statistics.bytes)
        return statistics
    }

    /// Whether `hash` (as `FilterKey` makes it) may be among the values of a group's spans. Reads one page of the
    /// group's filter.
    package func mayContain(_ hash: UInt64, in group: Int) throws(StoreError) -> Bool {
        guard let block = blocks[groups[group].blocks].first(where: { $0.kind == .filter }) else { return true }
        let byteCount = block.length - SegmentFormat.blockHeaderBytes
        if byteCount == 0 { return false }
        guard let range = SplitBlockFilter.page(of: hash, byteCount: byteCount) else {
            throw damaged(block, "no filter has \(byteCount) bytes")
        }
        let page = try filterPage(range, of: block, in: group)
        guard
            let answer = page.bytes.withUnsafeBytes({
                SplitBlockFilter.mayContain(hash, page: $0, byteCount: byteCount)
            })
        else { throw damaged(block, "its page at byte \(range.lowerBound) does not match its checksum") }
        return answer
    }

    private func filterPage(
        _ range: Range<Int>, of block: BlockSummary, in group: Int
    ) throws(StoreError) -> FilterPage {
        let key = SegmentCache.Key.filterPage(range.lowerBound, of: group, reader: cacheName)
        if let cached = cache.value(key) as? FilterPage { return cached }
        let offset = block.offset + SegmentFormat.blockHeaderBytes + range.lowerBound
        let page = FilterPage(try SegmentFile.read(try file(), range.count, at: offset, path: path))
        cache.keep(page, key, bytes: range.count + 64)
        return page
    }

    private func hasPruning(_ group: Int) -> Bool {
        blocks[groups[group].blocks].last.map { $0.kind == .catalog } ?? false
    }
}

/// One page of a filter, with its checksum, as it lies in the file.
final class FilterPage: Sendable {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }
}
