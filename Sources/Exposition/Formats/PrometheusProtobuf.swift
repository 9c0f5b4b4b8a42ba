import Telemetry

/// `io.prometheus.client.MetricFamily`, delimited: the only format that carries native histograms.
///
/// Source: https://github.com/prometheus/client_model/blob/master/io/prometheus/client/metrics.proto.
public enum PrometheusProtobuf {
    public static func write(_ families: [MetricFamily]) -> [UInt8] {
        var output: [UInt8] = []
        write(families, to: &output)
        return output
    }

    static func write(_ families: [MetricFamily], to output: inout [UInt8]) {
        for family in families.merged() {
            output.appendDelimited { family.append(to: &$0) }
        }
    }
}

extension MetricFamily {
    fileprivate func append(to output: inout [UInt8]) {
        output.append(1, text: name)
        output.append(2, text: help)
        output.append(3, varint: type)
        for sample in samples {
            output.append(4) { message in
                for label in sample.labels { message.append(label: label) }
                append(sample, to: &message)
            }
        }
        if !unit.isEmpty { output.append(5, text: unit) }
    }

    private var type: UInt64 {
        switch kind {
        case .counter: 0
        case .gauge, .info: 1
        case .summary: 2
        case .unknown: 3
        case .histogram: 4
        }
    }

    private func append(_ sample: MetricSample, to output: inout [UInt8]) {
        switch sample.value {
        case .number(let number):
            let field: UInt64 =
                switch kind {
                case .counter: 3
                case .unknown: 5
                case .gauge, .info, .summary, .histogram: 2
                }
            output.append(field) { message in
                message.append(1, double: number)
                guard kind == .counter else { return }
                if let exemplar = sample.exemplars.first { message.append(2) { exemplar.append(to: &$0) } }
                message.append(3, time: sample.startNanoseconds)
            }
        case .histogram(let classic, let native):
            output.append(7) { message in
                message.append(classic, native, sample.exemplars)
                message.append(15, time: sample.startNanoseconds)
            }
        case .summary(let summary):
            output.append(4) { message in
                message.append(1, varint: summary.count)
                message.append(2, double: summary.sum)
                for quantile in summary.quantiles {
                    message.append(3) {
                        $0.append(1, double: quantile.quantile)
                        $0.append(2, double: quantile.value)
                    }
                }
                message.append(4, time: sample.startNanoseconds)
            }
        }
    }
}

extension MetricExemplar {
    fileprivate func append(to output: inout [UInt8]) {
        for label in labels { output.append(label: label) }
        output.append(2, double: value)
        output.append(3, time: timeNanoseconds)
    }
}

extension [UInt8] {
    fileprivate mutating func append(label: MetricLabel) {
        append(1) {
            $0.append(1, text: label.name)
            $0.append(2, text: label.value)
        }
    }

    /// A `google.protobuf.Timestamp`; nothing for an unknown time.
    fileprivate mutating func append(_ field: UInt64, time nanoseconds: UInt64) {
        if nanoseconds == 0 { return }
        append(field) {
            $0.append(1, varint: nanoseconds / 1_000_000_000)
            $0.append(2, varint: nanoseconds % 1_000_000_000)
        }
    }

    fileprivate mutating func append(
        _ classic: ClassicHistogram?, _ native: NativeHistogram?, _ exemplars: [MetricExemplar]
    ) {
        append(1, varint: classic?.count ?? native?.count ?? 0)
        append(2, double: classic?.sum ?? native?.sum ?? 0)
        if let classic {
            var total: UInt64 = 0
            var lower = -Double.infinity
            for (index, bound) in (classic.bounds + [.infinity]).enumerated() {
                total = total.addingSaturating(classic.counts[index])
                append(3) { message in
                    message.append(1, varint: total)
                    message.append(2, double: bound)
                    if let exemplar = exemplars.first(where: { $0.value > lower && $0.value <= bound }) {
                        message.append(3) { exemplar.append(to: &$0) }
                    }
                }
                lower = bound
            }
        }
        if let native { append(native, exemplars) }
    }

    private mutating func append(_ native: NativeHistogram, _ exemplars: [MetricExemplar]) {
        append(5, zigzag: Int64(native.schema))
        append(6, double: native.zeroThreshold)
        append(7, varint: native.zeroCount)
        append(spans: 9, 10, native.negative, isNeeded: false)
        // A native histogram without any span would be taken for a classic one.
        append(spans: 12, 13, native.positive, isNeeded: native.zeroThreshold == 0 && native.zeroCount == 0)
        for exemplar in exemplars where exemplar.timeNanoseconds > 0 {
            append(16) { exemplar.append(to: &$0) }
        }
    }

    /// Buckets as spans of neighbours and the differences of their counts. Gaps of up to two empty buckets cost less
    /// than a new span.
    private mutating func append(
        spans spanField: UInt64, _ deltaField: UInt64, _ buckets: NativeHistogram.Buckets, isNeeded: Bool
    ) {
        var spans: [(offset: Int64, length: UInt64)] = []
        var deltas: [UInt8] = []
        var previous: Int64 = 0
        var next: Int64 = 0
        func add(_ count: UInt64) {
            let signed = Int64(clamping: count)
            deltas.append(varint: [UInt8].zigzag(signed - previous))
            previous = signed
            spans[spans.count - 1].length += 1
            next += 1
        }
        for (index, count) in buckets.counts.enumerated() where count > 0 {
            let place = Int64(buckets.offset) + Int64(index)
            let gap = place - next
            if spans.isEmpty || gap > 2 {
                spans.append((spans.isEmpty ? place : gap, 0))
                next = place
            } else {
                for _ in 0..<gap { add(0) }
            }
            add(count)
        }
        if spans.isEmpty, isNeeded { spans.append((0, 0)) }
        for span in spans {
            append(spanField) {
                $0.append(1, zigzag: span.offset)
                $0.append(2, varint: span.length)
            }
        }
        if !deltas.isEmpty {
            append(varint: deltaField << 3 | 2)
            append(varint: UInt64(deltas.count))
            self += deltas
        }
    }
}
