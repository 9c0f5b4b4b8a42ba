import Exposition
import Telemetry
import Testing

@Suite struct FormatTests {
    private func page(_ format: ExpositionFormat, _ families: [MetricFamily]) -> String {
        var output: [UInt8] = []
        format.write(families, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    private var families: [MetricFamily] {
        let exemplar = MetricExemplar(
            labels: [MetricLabel("trace_id", "ab")], value: 0.5, timeNanoseconds: 1_700_000_000_001_000_000)
        let labels = [MetricLabel("a", "x\"y")]
        return [
            MetricFamily(
                name: "calls_total", help: "C \"q\".", kind: .counter,
                samples: [
                    MetricSample(
                        labels: labels, value: .number(3), startNanoseconds: 1_700_000_000_500_000_000,
                        exemplars: [exemplar])
                ]),
            MetricFamily(
                name: "took_seconds", help: "T.", unit: "seconds", kind: .histogram,
                samples: [
                    MetricSample(
                        labels: [],
                        value: .histogram(
                            classic: ClassicHistogram(bounds: [0.1, 1], counts: [1, 2, 0], sum: 1.5), native: nil),
                        exemplars: [exemplar])
                ]),
            MetricFamily(
                name: "target_info", help: "I.", kind: .info, samples: [MetricSample(labels: labels, value: .number(1))]
            ),
        ]
    }

    @Test func goldenOpenMetrics() {
        #expect(
            page(.openMetrics, families) == """
                # TYPE calls counter
                # HELP calls C \\"q\\".
                calls_total{a="x\\"y"} 3 # {trace_id="ab"} 0.5 1700000000.001
                calls_created{a="x\\"y"} 1700000000.500
                # TYPE target info
                # HELP target I.
                target_info{a="x\\"y"} 1
                # TYPE took_seconds histogram
                # UNIT took_seconds seconds
                # HELP took_seconds T.
                took_seconds_bucket{le="0.1"} 1
                took_seconds_bucket{le="1.0"} 3 # {trace_id="ab"} 0.5 1700000000.001
                took_seconds_bucket{le="+Inf"} 3
                took_seconds_sum 1.5
                took_seconds_count 3
                # EOF

                """)
    }

    @Test func goldenText() {
        #expect(
            page(.text, families) == """
                # HELP calls_total C "q".
                # TYPE calls_total counter
                calls_total{a="x\\"y"} 3
                # HELP target_info I.
                # TYPE target_info gauge
                target_info{a="x\\"y"} 1
                # HELP took_seconds T.
                # TYPE took_seconds histogram
                took_seconds_bucket{le="0.1"} 1
                took_seconds_bucket{le="1"} 3
                took_seconds_bucket{le="+Inf"} 3
                took_seconds_sum 1.5
                took_seconds_count 3

                """)
    }

    @Test func namesThatDoNotFitOpenMetricsHaveNoType() {
        func family(_ name: String, _ kind: MetricFamily.Kind) -> MetricFamily {
            MetricFamily(name: name, help: "H.", kind: kind, samples: [MetricSample(labels: [], value: .number(1))])
        }
        let page = page(.openMetrics, [family("x_total", .counter), family("x", .gauge), family("y", .counter)])
        #expect(page.contains("# TYPE x gauge\n"))
        #expect(page.contains("# TYPE x_total unknown\n"))
        #expect(page.contains("# TYPE y unknown\n"))
    }

    @Test func exemplarsBeyondTheBoundAreLeftOut() {
        var long = families
        long[0].samples[0].exemplars[0].labels.append(MetricLabel("x", String(repeating: "é", count: 120)))
        #expect(!page(.openMetrics, long).contains("é"))
    }

    /// What Prometheus 3 sends, and others.
    @Test(arguments: [
        (
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,"
                + "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
                + "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
                + "text/plain;version=0.0.4;q=0.2,*/*;q=0.1", ExpositionFormat.protobuf
        ),
        (
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                + "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;q=0.4,"
                + "text/plain;version=0.0.4;q=0.3,*/*;q=0.2", .openMetrics
        ),
        ("", .text), ("*/*", .text), ("application/json", .text), ("text/plain", .text),
        ("application/openmetrics-text; version=\"1.0.0\"", .openMetrics),
        ("text/plain;q=0.2, application/openmetrics-text;q=0.3", .openMetrics),
        ("text/plain, application/openmetrics-text", .text),
        ("application/openmetrics-text;q=0", .text),
        ("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text", .text),
        ("application/openmetrics-text;version=2.0.0", .text), (";;,,=;q=", .text),
    ])
    func theFormatIsNegotiated(_ accept: String, _ format: ExpositionFormat) {
        #expect(ExpositionFormat.negotiate(accept: accept) == format)
    }
}
