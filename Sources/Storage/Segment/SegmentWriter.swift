import Files
import Telemetry

/// Writes a segment: sorts, encodes, compresses and hashes a frozen set of spans, in one sequential write.
package enum SegmentWriter {
    /// Writes `input` to a new file at `path` and makes it and its directory entry durable. After an error the file
    /// may be there in part; it is nobody's then, and may be removed.
    package static func write(
        _ input: SegmentInput, info: SegmentHeaderInfo, path: String, files: any FileSystem, rules: TransactionRules
    ) throws(StoreError) -> SegmentSummary {
        var spans = 0
        var values = 0
        for part in input.parts {
            spans += part.batch.count
            values += part.batch.values.count
        }
        guard spans <= SegmentFormat.maximumSpans, input.parts.count < Int(UInt32.max) else {
            throw StoreError(
                .limit,
                "a segment of \(spans) spans is asked for, and at most \(SegmentFormat.maximumSpans) are allowed",
                path: path)
        }
        let gatherer = SegmentGatherer(spans: spans, values: values)
        for number in input.parts.indices { gatherer.add(input.parts[number].batch, part: UInt32(number)) }
        var draft = SegmentDraft(gatherer, provenance: input.parts.map { $0.provenance }, rules: rules)
        let bytes = try draft.encode(info)
        do throws(FileError) {
            let file = try files.create(path)
            try file.append(bytes.bytes)
            try file.sync()
            try file.close()
            try files.syncDirectory(directory(of: path))
        } catch {
            throw StoreError(error)
        }
        return draft.summary(info, path: path, fileBytes: bytes.count)
    }

    static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
