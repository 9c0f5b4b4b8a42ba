import NIOHPACK

extension HPACKHeaders {
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
        add(trailers) { field, _ in !field.name.isForbiddenInTrailers }
    }

    private mutating func add(_ field: HeaderField, in raw: UnsafeRawBufferPointer) {
        let nameBytes = UnsafeRawBufferPointer(rebasing: raw[field.nameRange])
        let name = String(unsafeUninitializedCapacity: nameBytes.count) { target in
            for index in 0..<nameBytes.count { target[index] = lowered(nameBytes[index]) }
            return nameBytes.count
        }
        let value = String(decoding: UnsafeRawBufferPointer(rebasing: raw[field.valueRange]), as: UTF8.self)
        add(name: name, value: value, indexing: field.isNeverIndexed ? .neverIndexed : Self.indexing(name))
    }

    /// Values that differ from message to message would only push useful ones out of the peer's table, and secrets must
    /// not be found by probing it (RFC 7541 §7.1).
    private static func indexing(_ name: String) -> HPACKIndexing {
        // By length first: comparing with every name in turn costs more than encoding the field.
        switch name.utf8.count {
        case 2: name == "b3" ? .nonIndexable : .indexable
        case 3: name == "age" ? .nonIndexable : .indexable
        case 4: name == "etag" ? .nonIndexable : .indexable
        case 6: name == "cookie" ? .neverIndexed : .indexable
        case 8: name == "location" ? .nonIndexable : .indexable
        case 10: name == "set-cookie" ? .neverIndexed : name == "tracestate" ? .nonIndexable : .indexable
        case 11: name == "traceparent" || name == "x-b3-spanid" ? .nonIndexable : .indexable
        case 12:
            ["x-b3-traceid", "x-request-id", "grpc-timeout", "grpc-message"].contains(name) ? .nonIndexable : .indexable
        case 13:
            name == "authorization"
                ? .neverIndexed : name == "if-none-match" || name == "last-modified" ? .nonIndexable : .indexable
        case 14: name == "content-length" ? .nonIndexable : .indexable
        case 15: name == "idempotency-key" ? .nonIndexable : .indexable
        case 17: name == "x-b3-parentspanid" || name == "if-modified-since" ? .nonIndexable : .indexable
        case 19: name == "proxy-authorization" ? .neverIndexed : .indexable
        default: .indexable
        }
    }
}
