extension HeaderList {
    /// Adds the fields of `section` that `keeps` accepts, with their names in lower case.
    mutating func add(_ section: FieldSection, keeps: (HeaderField, UnsafeRawBufferPointer) -> Bool) {
        section.withAllBytes { raw in
            for field in section.fields where keeps(field, raw) { add(field, in: raw) }
        }
    }

    mutating func add(_ edits: HeadEdits) {
        edits.lines.withUnsafeReadableBytes { raw in
            for field in edits.fields { add(field, in: raw) }
        }
    }

    mutating func addTrailers(_ trailers: FieldSection) {
        add(trailers, keeps: FieldSection.isAllowedInTrailers)
    }

    private mutating func add(_ field: HeaderField, in raw: UnsafeRawBufferPointer) {
        let name = UnsafeRawBufferPointer(rebasing: raw[field.nameRange])
        add(
            name, UnsafeRawBufferPointer(rebasing: raw[field.valueRange]),
            field.isNeverIndexed ? .neverIndexed : Self.indexing(name))
    }

    /// Values that differ from message to message would only push useful ones out of the peer's table, and secrets must
    /// not be found by probing it (RFC 7541 §7.1).
    private static func indexing(_ name: UnsafeRawBufferPointer) -> Indexing {
        for secret in secrets where equalsIgnoringCase(name, secret) { return .neverIndexed }
        for changing in changing where equalsIgnoringCase(name, changing) { return .nonIndexable }
        return .indexable
    }

    private static let secrets: [StaticString] = ["authorization", "proxy-authorization", "cookie", "set-cookie"]
    private static let changing: [StaticString] = [
        "traceparent", "tracestate", "b3", "x-b3-spanid", "x-b3-traceid", "x-b3-parentspanid", "x-request-id",
        "idempotency-key", "content-length", "etag", "if-none-match", "last-modified", "if-modified-since", "age",
        "location", "grpc-timeout", "grpc-message",
    ]
}
