import Exposition
import Testing

/// Names as Prometheus' own translator writes them.
@Suite struct NamingTests {
    @Test(arguments: [
        ("http.server.request.duration", "s", PrometheusNaming.Kind.other, "http_server_request_duration_seconds"),
        ("requests.count", "1", .counter, "requests_count_total"), ("memory.usage", "By", .gauge, "memory_usage_bytes"),
        ("system.io", "By/s", .counter, "system_io_bytes_per_second_total"),
        ("total.requests", "", .counter, "requests_total"), ("cpu.utilization", "1", .gauge, "cpu_utilization_ratio"),
        ("ratio.of.cpu", "1", .gauge, "of_cpu_ratio"), ("queue", "{messages}", .gauge, "queue"),
        ("rate", "{messages}/s", .gauge, "rate_per_second"), ("latency_seconds", "s", .other, "latency_seconds"),
        ("1st", "", .gauge, "_1st"), ("a__b..c", "", .other, "a_b_c"), ("x", "%", .gauge, "x_percent"),
        ("a:b", "ms", .other, "a:b_milliseconds"), ("odd", "foo bar", .other, "odd_foo_bar"),
        ("hertz", "Hz", .gauge, "hertz"), ("d", "m/s", .gauge, "d_meters_per_second"),
    ])
    func metricNames(_ example: (name: String, unit: String, kind: PrometheusNaming.Kind, expected: String)) {
        #expect(
            PrometheusNaming.metricName(example.name, unit: example.unit, kind: example.kind) == example.expected)
    }

    @Test func namesOfNothing() {
        #expect(PrometheusNaming.metricName("···", unit: "s", kind: .gauge) == nil)
        #expect(PrometheusNaming.labelName("…") == nil)
        #expect(PrometheusNaming.labelName("") == nil)
    }

    @Test(arguments: [
        ("http.method", "http_method"), ("123invalid", "key_123invalid"), ("_private", "key_private"),
        ("__reserved__", "__reserved__"), ("a:b", "a_b"), ("été", "key_t_"), ("ok_1", "ok_1"),
    ])
    func labelNames(_ example: (name: String, expected: String)) {
        #expect(PrometheusNaming.labelName(example.name) == example.expected)
    }

    @Test func unitNames() {
        #expect(PrometheusNaming.unitName("s") == "seconds")
        #expect(PrometheusNaming.unitName("By/s") == "bytes_per_second")
        #expect(PrometheusNaming.unitName("1") == "")
    }
}
