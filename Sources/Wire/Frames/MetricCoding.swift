import Telemetry

/// The body of a METRICS frame: self-contained, since series are few and batches seconds apart.
enum MetricCoding {
    private static let counter: UInt8 = 0
    private static let gauge: UInt8 = 1
    private static let histogram: UInt8 = 2
    static let maximumTextBytes = 4_096

    static func encode(_ batch: MetricBatch, limits: WireLimits, into output: inout ByteSink) throws(WireError) {
        try check("series", batch.series.count, limits.maximumMetricPoints)
        try check("points", batch.points.count, limits.maximumMetricPoints)
        output.littleEndian(batch.startNanoseconds)
        output.varint(ZigZag.encode(Int64(bitPattern: batch.endNanoseconds &- batch.startNanoseconds)))
        output.varint(batch.series.count)
        for series in batch.series {
            try check("labels", series.labels.count, limits.maximumLabels)
            try check("name", series.name.utf8.count, maximumTextBytes)
            try check("help", series.help.utf8.count, maximumTextBytes)
            output.string(series.name)
            output.string(series.help)
            switch series.kind {
            case .counter: output.byte(counter)
            case .gauge: output.byte(gauge)
            case .histogram(let bounds):
                try check("bounds", bounds.count, limits.maximumHistogramBounds)
                output.byte(histogram)
                output.varint(bounds.count)
                for bound in bounds { output.littleEndian(bound.bitPattern) }
            }
            output.varint(series.labels.count)
            for label in series.labels {
                try check("label", max(label.name.utf8.count, label.value.utf8.count), maximumTextBytes)
                output.string(label.name)
                output.string(label.value)
            }
        }
        output.varint(batch.points.count)
        for point in batch.points {
            output.varint(point.series)
            switch (point.value, batch.series[point.series].kind) {
            case (.delta(let value), .counter), (.value(let value), .gauge): output.littleEndian(value.bitPattern)
            case (.histogram(let counts, let sum), .histogram(let bounds)) where counts.count == bounds.count + 1:
                for count in counts { output.varint(count) }
                output.littleEndian(sum.bitPattern)
            default:
                throw WireError(
                    .malformedFrame, field: "point", offset: output.count, expected: "a value of its series' kind")
            }
        }
    }

    private static func check(_ field: String, _ count: Int, _ limit: Int) throws(WireError) {
        guard count <= limit else {
            throw WireError(.limitExceeded, field: field, offset: 0, expected: "at most \(limit), not \(count)")
        }
    }

    static func decode(_ cursor: inout ByteCursor, limits: WireLimits) throws(WireError) -> MetricBatch {
        let start = try cursor.littleEndian(UInt64.self, "interval start")
        var batch = MetricBatch(startNanoseconds: start)
        batch.endNanoseconds = start &+ UInt64(bitPattern: try cursor.zigzag("interval length"))
        var bytes = 0
        let count = try cursor.count("series", limit: limits.maximumMetricPoints)
        for _ in 0..<count {
            let series = try series(&cursor, limits)
            bytes += memoryBytes(series)
            try check(bytes, "series", cursor, limits)
            batch.series.append(series)
        }
        let points = try cursor.count("points", limit: limits.maximumMetricPoints)
        for _ in 0..<points {
            let point = try point(&cursor, batch.series)
            bytes += memoryBytes(point)
            try check(bytes, "points", cursor, limits)
            batch.points.append(point)
        }
        return batch
    }

    private static func check(
        _ bytes: Int, _ field: StaticString, _ cursor: borrowing ByteCursor, _ limits: WireLimits
    ) throws(WireError) {
        guard bytes <= limits.maximumDecodedBytes else {
            throw cursor.failure(
                field, "a batch of at most \(limits.maximumDecodedBytes) decoded bytes", code: .limitExceeded)
        }
    }

    /// What a decoded series takes in memory.
    static func memoryBytes(_ series: MetricSeries) -> Int {
        var bytes = 128 + series.name.utf8.count + series.help.utf8.count
        for label in series.labels { bytes += 32 + label.name.utf8.count + label.value.utf8.count }
        if case .histogram(let bounds) = series.kind { bytes += 32 + bounds.count * 8 }
        return bytes
    }

    /// What a decoded point takes in memory.
    static func memoryBytes(_ point: MetricPoint) -> Int {
        if case .histogram(let counts, _) = point.value { return 64 + counts.count * 8 }
        return 32
    }

    private static func series(_ cursor: inout ByteCursor, _ limits: WireLimits) throws(WireError) -> MetricSeries {
        let name = try cursor.string("series name", limit: maximumTextBytes)
        let help = try cursor.string("series help", limit: maximumTextBytes)
        let kind: MetricKind
        switch try cursor.byte("series kind") {
        case counter: kind = .counter
        case gauge: kind = .gauge
        case histogram:
            var bounds: [Double] = []
            for _ in 0..<(try cursor.count("histogram bounds", limit: limits.maximumHistogramBounds)) {
                let bound = Double(bitPattern: try cursor.littleEndian(UInt64.self, "histogram bound"))
                guard bounds.last.map({ $0 < bound }) ?? !bound.isNaN else {
                    throw cursor.failure("histogram bound", "bounds that ascend")
                }
                bounds.append(bound)
            }
            kind = .histogram(bounds: bounds)
        case let other: throw cursor.failure("series kind", "0, 1 or 2, not \(other)")
        }
        var labels: [MetricLabel] = []
        for _ in 0..<(try cursor.count("labels", limit: limits.maximumLabels)) {
            let label = try cursor.string("label name", limit: maximumTextBytes)
            labels.append(MetricLabel(label, try cursor.string("label value", limit: maximumTextBytes)))
        }
        return MetricSeries(name: name, help: help, kind: kind, labels: labels)
    }

    private static func point(_ cursor: inout ByteCursor, _ series: [MetricSeries]) throws(WireError) -> MetricPoint {
        let index = try cursor.varint("point series")
        guard index < UInt64(series.count) else {
            throw cursor.failure("point series", "one of \(series.count) series", code: .danglingReference)
        }
        switch series[Int(index)].kind {
        case .counter:
            let delta = Double(bitPattern: try cursor.littleEndian(UInt64.self, "counter delta"))
            guard delta >= 0, delta.isFinite else {
                throw cursor.failure("counter delta", "a finite number that is not negative")
            }
            return MetricPoint(series: Int(index), value: .delta(delta))
        case .gauge:
            let value = Double(bitPattern: try cursor.littleEndian(UInt64.self, "gauge value"))
            return MetricPoint(series: Int(index), value: .value(value))
        case .histogram(let bounds):
            var counts: [UInt64] = []
            for _ in 0...bounds.count { counts.append(try cursor.varint("bucket count")) }
            let sum = Double(bitPattern: try cursor.littleEndian(UInt64.self, "histogram sum"))
            return MetricPoint(series: Int(index), value: .histogram(counts: counts, sum: sum))
        }
    }
}
