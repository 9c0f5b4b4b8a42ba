import Telemetry

/// The Prometheus text format, version 0.0.4.
///
/// Source: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format.
public enum PrometheusText {
    /// Families of one name are written as one; see `merged`.
    public static func write(_ families: [MetricFamily]) -> [UInt8] {
        var output: [UInt8] = []
        write(families, to: &output)
        return output
    }

    static func write(_ families: [MetricFamily], to output: inout [UInt8]) {
        var lines = SampleLines()
        for family in families.merged() { write(family, &lines, to: &output) }
    }

    private static func write(_ family: MetricFamily, _ lines: inout SampleLines, to output: inout [UInt8]) {
        output.append("# HELP ")
        output += family.name.utf8
        output.append(UInt8(ascii: " "))
        LabelText.escaped(family.help, quotes: false, to: &output)
        output.append("\n# TYPE ")
        output += family.name.utf8
        output.append(UInt8(ascii: " "))
        output += type(of: family.kind).utf8
        output.append(UInt8(ascii: "\n"))
        var bounds = BoundText(canonical: false)
        for sample in family.samples {
            lines.begin(sample.labels)
            write(sample, family.name, lines, &bounds, to: &output)
        }
    }

    private static func type(of kind: MetricFamily.Kind) -> String {
        switch kind {
        case .counter, .gauge, .histogram, .summary: kind.rawValue
        case .info: "gauge"
        case .unknown: "untyped"
        }
    }

    private static func write(
        _ sample: MetricSample, _ name: String, _ lines: SampleLines, _ bounds: inout BoundText,
        to output: inout [UInt8]
    ) {
        func end(_ value: Double) {
            NumberText.append(value, to: &output)
            output.append(UInt8(ascii: "\n"))
        }
        switch sample.value {
        case .number(let number):
            lines.start(name, to: &output)
            end(number)
        case .histogram(let classic, let native):
            var total: UInt64 = 0
            if let classic {
                let texts = bounds.texts(of: classic.bounds)
                for (index, text) in texts.enumerated() {
                    total = total.addingSaturating(classic.counts[index])
                    lines.start(name, "_bucket", extra: ("le", text), to: &output)
                    end(Double(total))
                }
                total = total.addingSaturating(classic.counts.last ?? 0)
            } else {
                total = native?.count ?? 0
            }
            lines.start(name, "_bucket", extra: ("le", "+Inf"), to: &output)
            end(Double(total))
            let sum = classic?.sum ?? native?.sum ?? 0
            if !sum.isNaN || classic == nil {
                lines.start(name, "_sum", to: &output)
                end(sum)
            }
            lines.start(name, "_count", to: &output)
            end(Double(total))
        case .summary(let summary):
            for quantile in summary.quantiles {
                lines.start(name, extra: ("quantile", NumberText.plain(quantile.quantile)), to: &output)
                end(quantile.value)
            }
            lines.start(name, "_sum", to: &output)
            end(summary.sum)
            lines.start(name, "_count", to: &output)
            end(Double(summary.count))
        }
    }
}

/// The upper bounds of histograms as text: the series of a family share theirs, so they are made once.
struct BoundText {
    private let canonical: Bool
    private var bounds: [Double] = []
    private var texts: [String] = []

    init(canonical: Bool) { self.canonical = canonical }

    mutating func texts(of bounds: [Double]) -> [String] {
        if bounds != self.bounds {
            self.bounds = bounds
            texts = bounds.map { canonical ? NumberText.canonical($0) : NumberText.plain($0) }
        }
        return texts
    }
}
