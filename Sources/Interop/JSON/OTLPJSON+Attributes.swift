import Telemetry

extension OTLPJSON {
    static func attributes(
        _ list: AttributeList, _ dropped: UInt32, in batch: borrowing SpanBatch, to json: inout JSONWriter
    ) {
        let range = batch.shapes.range(list.shape)
        if !range.isEmpty {
            json.key("attributes")
            json.beginArray()
            for index in range {
                let field = batch.shapes.fields[index]
                let payload = batch.values[Int(list.start) + index - range.lowerBound]
                json.beginObject()
                json.key("key")
                batch.strings.withBytes(field.key) { json.string($0) }
                json.key("value")
                value(field.type, payload, in: batch, to: &json)
                json.endObject()
            }
            json.endArray()
        }
        count("droppedAttributesCount", dropped, to: &json)
    }

    /// An `AnyValue` held in a batch. Arrays and maps are read back from their encoding; they are rare.
    private static func value(
        _ type: ValueType, _ payload: UInt64, in batch: borrowing SpanBatch, to json: inout JSONWriter
    ) {
        let ref = StringRef(UInt32(truncatingIfNeeded: payload))
        switch type {
        case .string:
            json.beginObject()
            json.key("stringValue")
            batch.strings.withBytes(ref) { json.string($0) }
            json.endObject()
        case .bytes:
            json.beginObject()
            json.key("bytesValue")
            batch.strings.withBytes(ref) { json.base64($0) }
            json.endObject()
        case .empty, .bool, .int, .double, .array, .map:
            value(batch.value(type: type, payload: payload), to: &json)
        }
    }

    /// An `AnyValue`: an object with the one member that is set.
    static func value(_ value: AttributeValue, to json: inout JSONWriter) {
        json.beginObject()
        switch value {
        case .empty: break
        case .string(let text):
            json.key("stringValue")
            json.string(text)
        case .bool(let flag):
            json.key("boolValue")
            json.bool(flag)
        case .int(let number):
            json.key("intValue")
            json.quoted(number)
        case .double(let number):
            json.key("doubleValue")
            json.number(number)
        case .bytes(let bytes):
            json.key("bytesValue")
            bytes.withUnsafeBytes { json.base64($0) }
        case .array(let values):
            json.key("arrayValue")
            json.beginObject()
            json.key("values")
            json.beginArray()
            for value in values { Self.value(value, to: &json) }
            json.endArray()
            json.endObject()
        case .map(let entries):
            json.key("kvlistValue")
            json.beginObject()
            json.key("values")
            json.beginArray()
            for entry in entries {
                json.beginObject()
                json.key("key")
                json.string(entry.key)
                json.key("value")
                Self.value(entry.value, to: &json)
                json.endObject()
            }
            json.endArray()
            json.endObject()
        }
        json.endObject()
    }

    /// `entity_refs`, from their encoded fields. Decoders checked these bytes before they entered a batch.
    static func entityReferences(_ bytes: [UInt8], to json: inout JSONWriter) {
        if bytes.isEmpty { return }
        json.key("entityRefs")
        json.beginArray()
        bytes.withUnsafeBytes { raw in
            guard let base = raw.baseAddress else { return }
            var reader = ProtobufReader(base: base, range: 0..<raw.count)
            while !reader.atEnd, let tag = try? reader.tag(), tag == 3 << 3 | 2, let body = try? reader.body() {
                let outer = reader.enter(body)
                entityReference(&reader, to: &json)
                reader.leave(outer)
                reader.position = body.upperBound
            }
        }
        json.endArray()
    }

    private static func entityReference(_ reader: inout ProtobufReader, to json: inout JSONWriter) {
        var fields: [UInt64: [Range<Int>]] = [:]
        while !reader.atEnd, let tag = try? reader.tag() {
            if tag & 7 == ProtobufReader.WireType.bytes {
                guard let body = try? reader.body() else { break }
                fields[tag >> 3, default: []].append(body)
            } else if (try? reader.skip(tag, known: 0)) == nil {
                break
            }
        }
        json.beginObject()
        for (number, name) in [(1, "schemaUrl"), (2, "type")] as [(UInt64, String)] {
            guard let last = fields[number]?.last, !last.isEmpty else { continue }
            json.key(name)
            json.string(reader.bytes(last))
        }
        for (number, name) in [(3, "idKeys"), (4, "descriptionKeys")] as [(UInt64, String)] {
            guard let keys = fields[number] else { continue }
            json.key(name)
            json.beginArray()
            for key in keys { json.string(reader.bytes(key)) }
            json.endArray()
        }
        json.endObject()
    }
}
