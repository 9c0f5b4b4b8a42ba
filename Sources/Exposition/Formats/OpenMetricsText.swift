import Telemetry

/// OpenMetrics 1.0.0. Negative sums and quantiles are written as they are, as Prometheus' own libraries do, although the
/// specification wants none.
///
/// Source: https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md.
public enum OpenMetricsText {
    public static func write(_ families: [MetricFamily]) -> [UInt8] {
        var output: [UInt8] = []
        write(families, to: &output)
        return output
    }

    static func write(_ families: [MetricFamily], to output: inout [UInt8]) {
        let families = families.merged()
        // Counters and infos go by their names without suffix here, which another family may have already.
        let names = Set(families.lazy.map(\.name))
        var lines = SampleLines()
        for family in families {
            let base = baseName(family)
            if let base, base == family.name || !names.contains(base) {
                write(family, base, &lines, to: &output)
            } else {
                var plain = family
                plain.kind = .unknown
                write(plain, family.name, &lines, to: &output)
            }
        }
        output.append("# EOF\n")
    }

    /// The family's name as this format wants it; `nil` where its samples' names do not fit the kind.
    private static func baseName(_ family: MetricFamily) -> String? {
        switch family.kind {
        case .counter: family.name.hasSuffix("_total") ? String(family.name.dropLast(6)) : nil
        case .info: family.name.hasSuffix("_info") ? String(family.name.dropLast(5)) : nil
        case .gauge, .histogram, .summary, .unknown: family.name
        }
    }

    private static func write(
        _ family: MetricFamily, _ base: String, _ lines: inout SampleLines, to output: inout [UInt8]
    ) {
        output.append("# TYPE ")
        output += "\(base) \(family.kind.rawValue)\n".utf8
        if !family.unit.isEmpty, base.hasSuffix("_" + family.unit), family.kind != .info {
            output.append("# UNIT ")
            output += "\(base) \(family.unit)\n".utf8
        }
        output.append("# HELP ")
        output += base.utf8
        output.append(UInt8(ascii: " "))
        LabelText.escaped(family.help, quotes: true, to: &output)
        output.append(UInt8(ascii: "\n"))
        var bounds = BoundText(canonical: true)
        for sample in family.samples {
            lines.begin(sample.labels)
            switch sample.value {
            case .number(let number):
                lines.start(family.name, to: &output)
                NumberText.append(number, to: &output)
                let exemplar = family.kind == .counter ? sample.exemplars.first { $0.isSmallEnough } : nil
                end(exemplar, to: &output)
            case .histogram(let classic, let native):
                histogram(classic, native, sample.exemplars, base, lines, &bounds, to: &output)
            case .summary(let value): summary(value, base, lines, to: &output)
            }
            if sample.startNanoseconds > 0, [.counter, .histogram, .summary].contains(family.kind) {
                lines.start(base, "_created", to: &output)
                NumberText.append(secondsOf: sample.startNanoseconds, to: &output)
                output.append(UInt8(ascii: "\n"))
            }
        }
    }

    private static func histogram(
        _ classic: ClassicHistogram?, _ native: NativeHistogram?, _ exemplars: [MetricExemplar], _ base: String,
        _ lines: SampleLines, _ bounds: inout BoundText, to output: inout [UInt8]
    ) {
        var total: UInt64 = 0
        var lower = -Double.infinity
        func bucket(_ text: String, _ upper: Double) {
            lines.start(base, "_bucket", extra: ("le", text), to: &output)
            NumberText.append(total, to: &output)
            end(
                exemplars.isEmpty
                    ? nil : exemplars.first { $0.value > lower && $0.value <= upper && $0.isSmallEnough },
                to: &output)
            lower = upper
        }
        if let classic {
            let texts = bounds.texts(of: classic.bounds)
            for (index, text) in texts.enumerated() {
                total = total.addingSaturating(classic.counts[index])
                bucket(text, classic.bounds[index])
            }
            total = total.addingSaturating(classic.counts.last ?? 0)
        } else {
            total = native?.count ?? 0
        }
        bucket("+Inf", .infinity)
        // A sum and its count go together in this format; without a sum it must not be there.
        let sum = classic?.sum ?? native?.sum ?? 0
        if !sum.isNaN {
            lines.start(base, "_sum", to: &output)
            NumberText.append(sum, to: &output)
            output.append("\n")
            lines.start(base, "_count", to: &output)
            NumberText.append(total, to: &output)
            output.append("\n")
        }
    }

    private static func summary(
        _ summary: QuantileSummary, _ base: String, _ lines: SampleLines, to output: inout [UInt8]
    ) {
        for quantile in summary.quantiles {
            lines.start(base, extra: ("quantile", NumberText.canonical(quantile.quantile)), to: &output)
            NumberText.append(quantile.value, to: &output)
            output.append("\n")
        }
        lines.start(base, "_sum", to: &output)
        NumberText.append(summary.sum, to: &output)
        output.append("\n")
        lines.start(base, "_count", to: &output)
        NumberText.append(summary.count, to: &output)
        output.append("\n")
    }

    private static func end(_ exemplar: MetricExemplar?, to output: inout [UInt8]) {
        if let exemplar {
            output.append(" # {")
            LabelText.append(exemplar.labels, to: &output)
            output.append("} ")
            NumberText.append(exemplar.value, to: &output)
            if exemplar.timeNanoseconds > 0 {
                output.append(UInt8(ascii: " "))
                NumberText.append(secondsOf: exemplar.timeNanoseconds, to: &output)
            }
        }
        output.append(UInt8(ascii: "\n"))
    }
}
