import Telemetry

/// `repeated tempopb.common.v1.KeyValue`.
enum TempoLabels {
    /// Left out when there are none, as protobuf's JSON mapping does.
    static func write(_ attributes: [Attribute], _ name: String, to json: inout JSONWriter) {
        if attributes.isEmpty { return }
        json.list(name, attributes) { attribute, json in
            json.beginObject()
            json.add("key", attribute.key)
            json.key("value")
            OTLPJSON.value(attribute.value, to: &json)
            json.endObject()
        }
    }
}
