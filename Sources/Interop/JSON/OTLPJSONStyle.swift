import Telemetry

/// The two ways in which OpenTelemetry's messages are written as JSON.
public enum OTLPJSONStyle: Sendable {
    /// As OTLP has it: ids in hexadecimal, enums as numbers.
    case otlp
    /// Protobuf's own mapping, which Tempo answers with: ids in base64, enums by name.
    case protobuf

    private static let kinds = [
        "SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER", "SPAN_KIND_CLIENT", "SPAN_KIND_PRODUCER",
        "SPAN_KIND_CONSUMER",
    ]
    private static let codes = ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"]

    func write(_ id: TraceID, to json: inout JSONWriter) {
        guard self == .protobuf else { return json.hex(id) }
        withUnsafeBytes(of: (id.high.bigEndian, id.low.bigEndian)) { json.base64($0) }
    }

    func write(_ id: SpanID, to json: inout JSONWriter) {
        guard self == .protobuf else { return json.hex(id) }
        withUnsafeBytes(of: id.rawValue.bigEndian) { json.base64($0) }
    }

    func write(kind: Int32, to json: inout JSONWriter) { write(kind, Self.kinds, to: &json) }

    func write(code: Int32, to json: inout JSONWriter) { write(code, Self.codes, to: &json) }

    /// A number without a name, of a newer version, stays a number in both.
    private func write(_ number: Int32, _ names: [String], to json: inout JSONWriter) {
        if self == .protobuf, names.indices.contains(Int(number)) {
            json.string(names[Int(number)])
        } else {
            json.number(Int64(number))
        }
    }
}
