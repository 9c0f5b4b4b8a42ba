/// The member names of OTLP JSON. A case is named as the member is; its snake_case form, the field's name in the
/// protobuf definition, is taken too.
///
/// Source: protobuf's JSON mapping, "JSON parsers must accept both".
enum OTLPName: UInt8, CaseIterable {
    case resourceSpans = 1
    case resource, scopeSpans, schemaUrl, attributes, droppedAttributesCount, entityRefs, scope, spans, name, version
    case traceId, spanId, traceState, parentSpanId, flags, kind, startTimeUnixNano, endTimeUnixNano
    case events, droppedEventsCount, links, droppedLinksCount, status, timeUnixNano, message, code
    case key, value, stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue, bytesValue, values
    case type, idKeys, descriptionKeys
    case resourceMetrics, scopeMetrics, metrics, description, unit, metadata
    case gauge, sum, histogram, exponentialHistogram, summary, dataPoints, aggregationTemporality, isMonotonic
    case asDouble, asInt, exemplars, filteredAttributes, count, bucketCounts, explicitBounds, min, max
    case scale, zeroCount, zeroThreshold, positive, negative, offset, quantileValues, quantile

    static let table = JSONNames(
        allCases.flatMap { name in
            let text = "\(name)"
            let snake = snakeCase(text)
            return snake == text ? [(text, name.rawValue)] : [(text, name.rawValue), (snake, name.rawValue)]
        })

    private static func snakeCase(_ text: String) -> String {
        text.reduce(into: "") { result, letter in
            result += letter.isUppercase ? "_" + letter.lowercased() : String(letter)
        }
    }
}
