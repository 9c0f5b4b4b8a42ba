import Telemetry

/// The Prometheus text format, version 0.0.4.
///
/// Source: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format.
public enum PrometheusText {
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// Families of one name are written as one, under the first one's help; those of another kind than the first are
    /// left out, because a scraper would refuse the whole page. `PrometheusText.conflicts` finds them.
    public static func write(_ families: [MetricFamily]) -> [UInt8] {
        var output: [UInt8] = []
        for family in merge(families) where !family.samples.isEmpty { write(family, to: &output) }
        return output
    }

    /// Names that appear with more than one kind.
    public static func conflicts(_ families: [MetricFamily]) -> [String] {
        var kinds: [String: MetricFamily.Kind] = [:]
        var names: [String] = []
        for family in families {
            if let kind = kinds[family.name], kind != family.kind {
                if !names.contains(family.name) { names.append(family.name) }
            } else {
                kinds[family.name] = family.kind
            }
        }
        return names
    }

    private static func merge(_ families: [MetricFamily]) -> [MetricFamily] {
        var merged: [MetricFamily] = []
        var index: [String: Int] = [:]
        for family in families {
            if let known = index[family.name] {
                if merged[known].kind == family.kind { merged[known].samples += family.samples }
            } else {
                index[family.name] = merged.count
                merged.append(family)
            }
        }
        return merged.sorted { $0.name < $1.name }
    }

    private static func write(_ family: MetricFamily, to output: inout [UInt8]) {
        output += "# HELP \(family.name) ".utf8
        for byte in family.help.utf8 {
            switch byte {
            case 0x5C: output += [0x5C, 0x5C]
            case 0x0A: output += [0x5C, 0x6E]
            default: output.append(byte)
            }
        }
        output += "\n# TYPE \(family.name) \(family.kind.rawValue)\n".utf8
        for sample in family.samples {
            switch sample.value {
            case .number(let number):
                line(family.name, sample.labels, nil, number, to: &output)
            case .histogram(let bounds, let counts, let sum):
                var total: UInt64 = 0
                for (index, count) in counts.enumerated() {
                    total += count
                    let bound = index < bounds.count ? text(bounds[index]) : "+Inf"
                    line(family.name + "_bucket", sample.labels, bound, Double(total), to: &output)
                }
                line(family.name + "_sum", sample.labels, nil, sum, to: &output)
                line(family.name + "_count", sample.labels, nil, Double(total), to: &output)
            }
        }
    }

    private static func line(
        _ name: String, _ labels: [MetricLabel], _ bound: String?, _ value: Double, to output: inout [UInt8]
    ) {
        output += name.utf8
        if !labels.isEmpty || bound != nil {
            output.append(0x7B)
            for (index, label) in labels.enumerated() {
                if index > 0 { output.append(0x2C) }
                append(label, to: &output)
            }
            if let bound {
                if !labels.isEmpty { output.append(0x2C) }
                append(MetricLabel("le", bound), to: &output)
            }
            output.append(0x7D)
        }
        output.append(0x20)
        output += text(value).utf8
        output.append(0x0A)
    }

    private static func append(_ label: MetricLabel, to output: inout [UInt8]) {
        output += label.name.utf8
        output += [0x3D, 0x22]
        for byte in label.value.utf8 {
            switch byte {
            case 0x5C: output += [0x5C, 0x5C]
            case 0x22: output += [0x5C, 0x22]
            case 0x0A: output += [0x5C, 0x6E]
            default: output.append(byte)
            }
        }
        output.append(0x22)
    }

    /// A value as Go's `ParseFloat` reads it; whole numbers without a fraction.
    static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value == value.rounded(), abs(value) < 0x1p53 { return String(Int64(value)) }
        return value.description
    }
}
