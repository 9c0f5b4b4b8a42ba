/// The bodies of OTLP answers.
///
/// Source: opentelemetry-proto `collector/trace/v1/trace_service.proto`, OTLP specification §Full Success, §Partial
/// Success, §Failures.
public enum OTLPResponse {
    /// `ExportTraceServiceResponse`; empty when every span was taken, as the specification asks.
    public static func traceExport(_ outcome: OTLPDecodeOutcome = OTLPDecodeOutcome()) -> [UInt8] {
        traceExport(rejectedSpans: outcome.rejected, message: outcome.firstRejection ?? "")
    }

    /// `rejectedSpans` spans were left out and `message` says why. Zero with a message is a warning.
    public static func traceExport(rejectedSpans: Int, message: String) -> [UInt8] {
        if rejectedSpans == 0, message.isEmpty { return [] }
        var writer = ProtobufWriter()
        let start = writer.beginMessage(1)
        writer.varintField(1, UInt64(rejectedSpans))
        writer.stringField(2, message)
        writer.endMessage(start)
        return writer.finish()
    }

    /// The same as OTLP JSON, for requests whose content type is `application/json`.
    public static func traceExportJSON(rejectedSpans: Int, message: String) -> [UInt8] {
        partialSuccessJSON("rejectedSpans", rejectedSpans, message: message)
    }

    /// `ExportMetricsServiceResponse`, which numbers its fields as the one for traces does.
    public static func metricsExport(rejectedPoints: Int, message: String) -> [UInt8] {
        traceExport(rejectedSpans: rejectedPoints, message: message)
    }

    public static func metricsExportJSON(rejectedPoints: Int, message: String) -> [UInt8] {
        partialSuccessJSON("rejectedDataPoints", rejectedPoints, message: message)
    }

    private static func partialSuccessJSON(_ name: String, _ rejected: Int, message: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        if rejected != 0 || !message.isEmpty {
            writer.key("partialSuccess")
            writer.beginObject()
            if rejected != 0 {
                writer.key(name)
                writer.quoted(UInt64(rejected))
            }
            if !message.isEmpty {
                writer.key("errorMessage")
                writer.string(message)
            }
            writer.endObject()
        }
        writer.endObject()
        return writer.finish()
    }

    /// What an `ExportTraceServiceResponse` says was left out; `nil` when the bytes are not one. For senders.
    public static func readTraceExport(_ body: [UInt8]) -> (rejectedSpans: Int, message: String)? {
        body.withUnsafeBytes { raw in
            guard let base = raw.baseAddress else { return (0, "") }
            var reader = ProtobufReader(base: base, range: 0..<raw.count)
            return try? partialSuccess(&reader)
        }
    }

    private static func partialSuccess(
        _ reader: inout ProtobufReader
    ) throws(DecodeFault) -> (rejectedSpans: Int, message: String) {
        var answer = (rejectedSpans: 0, message: "")
        while !reader.atEnd {
            let tag = try reader.tag()
            guard tag == 1 << 3 | 2 else {
                try reader.skip(tag, known: 0b10)
                continue
            }
            let outer = reader.enter(try reader.body())
            while !reader.atEnd {
                let tag = try reader.tag()
                switch tag {
                case 1 << 3: answer.rejectedSpans = Int(truncatingIfNeeded: try reader.varint())
                case 2 << 3 | 2: answer.message = String(decoding: reader.bytes(try reader.body()), as: UTF8.self)
                default: try reader.skip(tag, known: 0b110)
                }
            }
            reader.leave(outer)
        }
        return answer
    }
}
