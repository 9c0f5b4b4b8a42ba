import Telemetry

extension ZipkinRequestDecoder {
    /// `tags`. Most repeat a tag of an earlier span of that name, at the same place and byte for byte: those are not
    /// parsed again.
    mutating func tags(_ draft: inout ZipkinSpanDraft, into batch: inout SpanBatch) throws(DecodeFault) {
        try reader.enterObject()
        var isFirst = true
        var count = 0
        while try reader.nextName(&isFirst) {
            count += 1
            if count > limits.maximumAttributes { reject(.tooManyAttributes, at: reader.position) }
            let start = reader.position
            let index = scratch.count
            if count <= limits.maximumAttributes, let guess = recent.attribute(index), !guess.raw.isEmpty,
                reader.end &- start >= guess.raw.count
            {
                // What equals a whole member is a whole member.
                let here = start..<start &+ guess.raw.count
                if ByteHash.equal(reader.bytes(guess.raw), reader.bytes(here)) {
                    scratch.push(guess.field, guess.payload)
                    reader.position = here.upperBound
                    continue
                }
            }
            let name = try reader.name()
            let special = ZipkinTag(rawValue: tags.find(name))
            if name.count > limits.maximumKeyBytes { reject(.keyTooLong, at: start) }
            let key = rejection == nil ? batch.strings.intern(name) : .empty
            guard let value = try tagValue(into: &batch), rejection == nil else { continue }
            if let special, take(special, key, value, &draft, in: batch) { continue }
            let field = ShapeField(key: key, type: .string)
            scratch.push(field, UInt64(value.rawValue))
            recent.record(index, field: field, payload: UInt64(value.rawValue), raw: start..<reader.position)
        }
    }

    /// A tag's value: a string; a number or a boolean, which some reporters send, as its text. `nil` for `null`.
    private mutating func tagValue(into batch: inout SpanBatch) throws(DecodeFault) -> StringRef? {
        switch try reader.next() {
        case 0x6E:
            try reader.null()
            return nil
        case 0x74, 0x66: return batch.strings.intern(try reader.bool() ? "true" : "false")
        case 0x2D, 0x30...0x39: return batch.strings.intern(try reader.number())
        default: return try text(into: &batch)
        }
    }

    /// Whether a tag is not an attribute, having become something else.
    private mutating func take(
        _ tag: ZipkinTag, _ key: StringRef, _ value: StringRef, _ draft: inout ZipkinSpanDraft,
        in batch: borrowing SpanBatch
    ) -> Bool {
        func equals(_ text: StaticString) -> Bool {
            batch.strings.withBytes(value) { JSONReader.equal($0, text) }
        }
        switch tag {
        case .error:
            draft.hasError = true
            return equals("true")
        case .statusCode:
            if equals("OK") || equals("STATUS_CODE_OK") {
                draft.row.statusCode = SpanStatus.ok
            } else if equals("ERROR") || equals("STATUS_CODE_ERROR") {
                draft.row.statusCode = SpanStatus.error
            } else {
                return equals("STATUS_CODE_UNSET")
            }
            return true
        case .statusDescription: draft.row.statusMessage = value
        case .traceState: draft.row.traceState = value
        case .spanKind:
            // Only a span without a kind of its own says it by tag, and Zipkin has no internal spans.
            guard equals("internal") else { return false }
            if draft.kindIsKnown { return false }
            draft.row.kind = SpanKind.internal.rawValue
        case .scopeName: draft.scopeName = value
        case .scopeVersion: draft.scopeVersion = value
        case .serviceNameSource: draft.serviceNameSource = value
        case .resource: resources.moved.append((key, value))
        }
        return true
    }
}
