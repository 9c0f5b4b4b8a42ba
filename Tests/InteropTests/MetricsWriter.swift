import Interop
import Telemetry

/// Writes metrics as protobuf does, fields in ascending order and defaults left out: what decoded values are compared by.
enum MetricsWriter {
    static func write(_ metrics: OTLPMetrics) -> [UInt8] {
        metrics.resources.flatMap { Request.field(1, resource($0)) }
    }

    private static func resource(_ value: OTLPResourceMetrics) -> [UInt8] {
        var bytes = attributes(1, value.resource.attributes) + integer(2, value.resource.droppedAttributesCount)
        bytes += value.resource.entityReferences
        bytes = Request.field(1, bytes)
        for scope in value.scopes { bytes += Request.field(2, Self.scope(scope)) }
        return bytes + text(3, value.resource.schemaURL)
    }

    private static func scope(_ value: OTLPScopeMetrics) -> [UInt8] {
        let head =
            text(1, value.scope.name) + text(2, value.scope.version) + attributes(3, value.scope.attributes)
            + integer(4, value.scope.droppedAttributesCount)
        return Request.field(1, head) + value.metrics.flatMap { Request.field(2, metric($0)) }
            + text(3, value.scope.schemaURL)
    }

    private static func metric(_ value: OTLPMetric) -> [UInt8] {
        let head = text(1, value.name) + text(2, value.description) + text(3, value.unit)
        let data: [UInt8]
        switch value.data {
        case .gauge(let points): data = Request.field(5, points.flatMap { Request.field(1, number($0)) })
        case .sum(let points, let temporality, let isMonotonic):
            data = Request.field(
                7,
                points.flatMap { Request.field(1, number($0)) } + integer(2, temporality.rawValue)
                    + integer(3, isMonotonic ? 1 : 0))
        case .histogram(let points, let temporality):
            data = Request.field(
                9, points.flatMap { Request.field(1, histogram($0)) } + integer(2, temporality.rawValue))
        case .exponentialHistogram(let points, let temporality):
            data = Request.field(
                10, points.flatMap { Request.field(1, exponential($0)) } + integer(2, temporality.rawValue))
        case .summary(let points): data = Request.field(11, points.flatMap { Request.field(1, summary($0)) })
        }
        return head + data + attributes(12, value.metadata)
    }

    private static func number(_ point: OTLPNumberPoint) -> [UInt8] {
        var bytes = fixed(2, point.startNanoseconds) + fixed(3, point.timeNanoseconds)
        if case .double(let value)? = point.value { bytes += present(4, value.bitPattern) }
        bytes += point.exemplars.flatMap { Request.field(5, exemplar($0)) }
        if case .int(let value)? = point.value { bytes += present(6, UInt64(bitPattern: value)) }
        return bytes + attributes(7, point.attributes) + integer(8, point.flags.rawValue)
    }

    private static func histogram(_ point: OTLPHistogramPoint) -> [UInt8] {
        var bytes = fixed(2, point.startNanoseconds) + fixed(3, point.timeNanoseconds) + fixed(4, point.count)
        bytes += optional(5, point.sum) + packed(6, point.bucketCounts) + packed(7, point.bounds.map(\.bitPattern))
        bytes += point.exemplars.flatMap { Request.field(8, exemplar($0)) } + attributes(9, point.attributes)
        return bytes + integer(10, point.flags.rawValue) + optional(11, point.min) + optional(12, point.max)
    }

    private static func exponential(_ point: OTLPExponentialHistogramPoint) -> [UInt8] {
        var bytes = attributes(1, point.attributes)
        bytes += fixed(2, point.startNanoseconds) + fixed(3, point.timeNanoseconds) + fixed(4, point.count)
        bytes += optional(5, point.sum) + zigzag(6, point.scale) + fixed(7, point.zeroCount)
        bytes += Request.field(8, buckets(point.positive)) + Request.field(9, buckets(point.negative))
        bytes += integer(10, point.flags.rawValue) + point.exemplars.flatMap { Request.field(11, exemplar($0)) }
        return bytes + optional(12, point.min) + optional(13, point.max) + fixed(14, point.zeroThreshold.bitPattern)
    }

    private static func buckets(_ value: OTLPExponentialBuckets) -> [UInt8] {
        zigzag(1, value.offset)
            + (value.counts.isEmpty ? [] : Request.field(2, value.counts.flatMap { varint($0) }))
    }

    private static func summary(_ point: OTLPSummaryPoint) -> [UInt8] {
        var bytes = fixed(2, point.startNanoseconds) + fixed(3, point.timeNanoseconds) + fixed(4, point.count)
        bytes += fixed(5, point.sum.bitPattern)
        for value in point.quantiles {
            bytes += Request.field(6, fixed(1, value.quantile.bitPattern) + fixed(2, value.value.bitPattern))
        }
        return bytes + attributes(7, point.attributes) + integer(8, point.flags.rawValue)
    }

    private static func exemplar(_ value: OTLPExemplar) -> [UInt8] {
        var bytes = fixed(2, value.timeNanoseconds)
        if case .double(let number) = value.value { bytes += present(3, number.bitPattern) }
        if value.spanID.isValid { bytes += Request.field(4, Hex.bytes(value.spanID.description)!) }
        if value.traceID.isValid { bytes += Request.field(5, Hex.bytes(value.traceID.description)!) }
        if case .int(let number) = value.value { bytes += present(6, UInt64(bitPattern: number)) }
        return bytes + attributes(7, value.filteredAttributes)
    }

    private static func attributes(_ number: Int, _ attributes: [Attribute]) -> [UInt8] {
        attributes.flatMap {
            Request.field(number, text(1, $0.key) + Request.field(2, NestedValue.anyValue($0.value)))
        }
    }

    private static func text(_ number: Int, _ text: String) -> [UInt8] {
        text.isEmpty ? [] : Request.field(number, Array(text.utf8))
    }

    private static func integer(_ number: Int, _ value: some BinaryInteger) -> [UInt8] {
        value == 0 ? [] : Request.varint(number << 3) + Request.varint(Int(value))
    }

    private static func zigzag(_ number: Int, _ value: Int32) -> [UInt8] {
        integer(number, UInt32(bitPattern: value << 1 ^ value >> 31))
    }

    private static func fixed(_ number: Int, _ value: UInt64) -> [UInt8] { value == 0 ? [] : present(number, value) }

    private static func optional(_ number: Int, _ value: Double?) -> [UInt8] {
        value.map { present(number, $0.bitPattern) } ?? []
    }

    private static func present(_ number: Int, _ value: UInt64) -> [UInt8] {
        Request.varint(number << 3 | 1) + bytes(value)
    }

    private static func packed(_ number: Int, _ values: [UInt64]) -> [UInt8] {
        values.isEmpty ? [] : Request.field(number, values.flatMap { bytes($0) })
    }

    private static func bytes(_ value: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }

    private static func varint(_ value: UInt64) -> [UInt8] {
        var rest = value
        var bytes: [UInt8] = []
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}
