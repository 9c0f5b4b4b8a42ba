import Interop
import Telemetry

/// An attribute's value as the text of a label: strings as they are, numbers and booleans in their usual form, bytes in
/// base64, arrays and maps as JSON.
enum AttributeText {
    static func text(_ value: AttributeValue) -> String {
        switch value {
        case .empty: return ""
        case .string(let text): return text
        case .bool(let flag): return flag ? "true" : "false"
        case .int(let number): return String(number)
        case .double(let number): return number.description
        case .bytes, .array, .map:
            var json = JSONWriter(reserving: 64)
            write(value, to: &json)
            let text = String(decoding: json.finish(), as: UTF8.self)
            guard case .bytes = value else { return text }
            // As a value of its own it stands without quotes.
            return String(text.dropFirst().dropLast())
        }
    }

    private static func write(_ value: AttributeValue, to json: inout JSONWriter) {
        switch value {
        case .empty: json.null()
        case .string(let text): json.string(text)
        case .bool(let flag): json.bool(flag)
        case .int(let number): json.number(number)
        case .double(let number): json.number(number)
        case .bytes(let bytes): bytes.withUnsafeBytes { json.base64($0) }
        case .array(let values):
            json.beginArray()
            for value in values { write(value, to: &json) }
            json.endArray()
        case .map(let entries):
            json.beginObject()
            for entry in entries {
                json.key(entry.key)
                write(entry.value, to: &json)
            }
            json.endObject()
        }
    }
}
