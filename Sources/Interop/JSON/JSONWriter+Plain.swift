import Telemetry

extension JSONWriter {
    /// A value as JSON has it, without its exact type: bytes in base64, an empty value as null, numbers that JSON cannot
    /// write as text. Of a key that a map has twice the last value stands, because readers would keep one of them anyhow.
    mutating func plain(_ value: AttributeValue) {
        switch value {
        case .empty: null()
        case .string(let text): string(text)
        case .bool(let flag): bool(flag)
        case .int(let number): self.number(number)
        case .double(let number): self.number(number)
        case .bytes(let bytes): bytes.withUnsafeBytes { base64($0) }
        case .array(let values):
            beginArray()
            for value in values { plain(value) }
            endArray()
        case .map(let entries): plain(entries)
        }
    }

    /// Attributes as one object.
    mutating func plain(_ attributes: [Attribute]) {
        beginObject()
        // By bytes: Swift takes strings for equal that other languages do not.
        var last: [[UInt8]: Int] = [:]
        for (index, attribute) in attributes.enumerated() { last[Array(attribute.key.utf8)] = index }
        for (index, attribute) in attributes.enumerated() where last[Array(attribute.key.utf8)] == index {
            key(attribute.key)
            plain(attribute.value)
        }
        endObject()
    }
}

extension AttributeValue {
    /// As formats that have only text carry it: strings bare, arrays and maps as JSON, bytes in base64.
    ///
    /// Source: OpenTelemetry specification, Mapping to non-OTLP formats.
    var plainText: String {
        switch self {
        case .string, .bool, .int, .empty: return text
        case .double(let number):
            if number.isNaN { return "NaN" }
            if number.isInfinite { return number < 0 ? "-Infinity" : "Infinity" }
            return text
        case .bytes, .array, .map:
            var json = JSONWriter()
            json.plain(self)
            let bytes = json.finish()
            if case .bytes = self { return String(decoding: bytes.dropFirst().dropLast(), as: UTF8.self) }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}
