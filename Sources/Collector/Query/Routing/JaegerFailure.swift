import Interop

/// Jaeger's errors, of both generations.
enum JaegerFailure {
    /// The envelope of every v1 answer, without data.
    static func v1(_ status: Int, _ message: String) -> [UInt8] {
        var json = JSONWriter(reserving: 128)
        json.beginObject()
        json.key("data")
        json.null()
        json.add("total", 0)
        json.add("limit", 0)
        json.add("offset", 0)
        json.list("errors", [message]) { message, json in
            json.beginObject()
            json.add("code", status)
            json.add("msg", message)
            json.endObject()
        }
        json.endObject()
        return json.finish()
    }

    /// `jaeger.api_v3.GRPCGatewayError`.
    static func v3(_ status: Int, _ message: String) -> [UInt8] {
        var json = JSONWriter(reserving: 128)
        json.beginObject()
        json.key("error")
        json.beginObject()
        json.add("httpCode", status)
        json.add("message", message)
        json.endObject()
        json.endObject()
        return json.finish()
    }
}
