import Exposition
import Telemetry

/// The samples that a reader of a format must find.
struct ExpectedLines {
    let format: ExpositionFormat

    func lines(_ families: [MetricFamily]) -> [String] {
        families.flatMap { family in family.samples.flatMap { lines($0, family) } }
    }

    private static func hex(_ text: String) -> String {
        text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func bits(_ value: Double) -> String {
        // Readers have one NaN.
        let bits = String((value.isNaN ? 0x7FF8_0000_0000_0000 : value.bitPattern), radix: 16)
        return String(repeating: "0", count: 16 - bits.count) + bits
    }

    private func labels(_ labels: [MetricLabel]) -> String {
        labels.sorted { $0.name < $1.name }.map { "\($0.name)=\(Self.hex($0.value))" }.joined(separator: ";")
    }

    private func line(
        _ name: String, _ sample: MetricSample, _ value: Double, bound: (String, Double)? = nil, exemplar: String = ""
    ) -> String {
        let extra = bound.map { [MetricLabel($0.0, Self.bits($0.1))] } ?? []
        return [name, labels(sample.labels + extra), Self.bits(value), exemplar].joined(separator: "\t")
    }

    private func exemplar(_ exemplars: [MetricExemplar], above lower: Double, to upper: Double) -> String {
        guard format != .text, let exemplar = exemplars.first(where: { $0.value > lower && $0.value <= upper }) else {
            return ""
        }
        return "\(labels(exemplar.labels))|\(Self.bits(exemplar.value))|\(exemplar.timeNanoseconds / 1_000_000)"
    }

    private func lines(_ sample: MetricSample, _ family: MetricFamily) -> [String] {
        let name = family.name
        var lines: [String] = []
        switch sample.value {
        case .number(let number):
            let exemplar =
                family.kind == .counter
                ? exemplar(sample.exemplars, above: -.infinity, to: .infinity) : ""
            lines = [line(name, sample, number, exemplar: exemplar)]
        case .summary(let summary):
            lines =
                summary.quantiles.map { line(name, sample, $0.value, bound: ("quantile", $0.quantile)) } + [
                    line(name + "_sum", sample, summary.sum), line(name + "_count", sample, Double(summary.count)),
                ]
        case .histogram(let classic, let native):
            let count = classic?.count ?? native!.count
            if classic != nil || format != .protobuf {
                var total: UInt64 = 0
                var lower = -Double.infinity
                let bounds = (classic?.bounds ?? []) + [.infinity]
                for (index, bound) in bounds.enumerated() {
                    total += classic?.counts[index] ?? count
                    lines.append(
                        line(
                            name + "_bucket", sample, Double(total), bound: ("le", bound),
                            exemplar: exemplar(sample.exemplars, above: lower, to: bound)))
                    lower = bound
                }
            }
            lines += [
                line(name + "_sum", sample, classic?.sum ?? native!.sum), line(name + "_count", sample, Double(count)),
            ]
            if let native, format == .protobuf { lines.append(line(name, sample, native)) }
        }
        return lines + created(sample, family)
    }

    private func created(_ sample: MetricSample, _ family: MetricFamily) -> [String] {
        guard format != .text, sample.startNanoseconds > 0, [.counter, .histogram, .summary].contains(family.kind)
        else { return [] }
        let milliseconds = sample.startNanoseconds / 1_000_000
        let base = family.kind == .counter && format == .openMetrics ? String(family.name.dropLast(6)) : family.name
        if format == .protobuf { return [line(base + "_created", sample, Double(milliseconds))] }
        let digits = String(milliseconds % 1000)
        let seconds = "\(milliseconds / 1000).\(String(repeating: "0", count: 3 - digits.count))\(digits)"
        return [line(base + "_created", sample, Double(seconds)!)]
    }

    private func line(_ name: String, _ sample: MetricSample, _ native: NativeHistogram) -> String {
        func text(_ buckets: NativeHistogram.Buckets) -> String {
            buckets.counts.enumerated().filter { $0.element > 0 }
                .map { "\(Int(buckets.offset) + $0.offset):\($0.element)" }.joined(separator: ",")
        }
        let values = [
            String(native.schema), Self.bits(native.zeroThreshold), String(native.zeroCount), text(native.positive),
            text(native.negative),
        ]
        return [name, labels(sample.labels), "native", values.joined(separator: " ")].joined(separator: "\t")
    }
}
