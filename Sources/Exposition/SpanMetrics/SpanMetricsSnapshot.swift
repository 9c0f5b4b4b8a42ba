import Telemetry

/// The counts at one moment, and how they are exposed.
struct SpanMetricsSnapshot {
    let names: NameTable
    let series: [SpanSeries]
    let edges: [EdgeSeries]
    let foldedSeries: FoldedLabels
    let foldedEdges: FoldedLabels
    let waiting: Int

    init(_ state: SpanMetricsState) {
        names = state.names
        series = state.series
        edges = state.edges
        foldedSeries = state.foldedSeries
        foldedEdges = state.foldedEdges
        waiting = state.waiting.count
    }

    private static let kinds = [
        "SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER", "SPAN_KIND_CLIENT", "SPAN_KIND_PRODUCER",
        "SPAN_KIND_CONSUMER",
    ]
    private static let statuses = ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"]

    func families(_ limits: SpanMetrics.Limits) -> [MetricFamily] {
        let exponents = limits.bucketExponents
        return spanFamilies(exponents) + edgeFamilies(exponents) + ownFamilies(limits)
    }

    private func sample(
        _ histogram: DurationHistogram, _ labels: [MetricLabel], _ exponents: ClosedRange<Int>, _ bounds: [Double],
        start: UInt64, _ exemplar: MetricExemplar?
    ) -> MetricSample {
        MetricSample(
            labels: labels,
            value: .histogram(classic: histogram.classic(exponents, bounds: bounds), native: histogram.native),
            startNanoseconds: start, exemplars: exemplar.map { [$0] } ?? [])
    }

    private func spanFamilies(_ exponents: ClosedRange<Int>) -> [MetricFamily] {
        let bounds = DurationHistogram.bounds(exponents)
        var calls = MetricFamily(
            name: "traces_spanmetrics_calls_total", help: "Spans by service, operation, kind and status.",
            kind: .counter)
        var latency = MetricFamily(
            name: "traces_spanmetrics_latency", help: "Durations of spans in seconds.", kind: .histogram)
        calls.samples.reserveCapacity(series.count)
        latency.samples.reserveCapacity(series.count)
        for one in series {
            let labels = [
                MetricLabel("service", names.text(one.service)),
                MetricLabel("span_kind", Self.kinds[Int(one.kind)]),
                MetricLabel("span_name", names.text(one.name)),
                MetricLabel("status_code", Self.statuses[Int(one.status)]),
            ]
            let exemplar = one.exemplar.exemplar
            calls.samples.append(
                MetricSample(
                    labels: labels, value: .number(Double(one.histogram.count)),
                    startNanoseconds: one.startNanoseconds, exemplars: exemplar.map { [$0] } ?? []))
            latency.samples.append(
                sample(one.histogram, labels, exponents, bounds, start: one.startNanoseconds, exemplar))
        }
        return [calls, latency]
    }

    private func edgeFamilies(_ exponents: ClosedRange<Int>) -> [MetricFamily] {
        let bounds = DurationHistogram.bounds(exponents)
        func family(_ name: String, _ help: String, _ kind: MetricFamily.Kind) -> MetricFamily {
            MetricFamily(
                name: "traces_service_graph_" + name, help: help, unit: MetricName.unit(of: name), kind: kind)
        }
        var requests = family("request_total", "Requests from a client service to a server service.", .counter)
        var failed = family("request_failed_total", "Requests of which one side failed.", .counter)
        var client = family("request_client_seconds", "Time of requests as the client saw it.", .histogram)
        var server = family("request_server_seconds", "Time of requests as the server saw it.", .histogram)
        var unpaired = family("unpaired_spans_total", "Spans whose other half did not come in time.", .counter)
        var dropped = family(
            "dropped_spans_total", "Spans that gave up waiting for their other half for want of room.", .counter)
        for edge in edges {
            let labels = [
                MetricLabel("client", names.text(edge.client)), MetricLabel("connection_type", edge.type.label),
                MetricLabel("server", names.text(edge.server)),
            ]
            let exemplar = edge.exemplar.exemplar
            func count(_ value: UInt64, _ family: inout MetricFamily) {
                family.samples.append(
                    MetricSample(
                        labels: labels, value: .number(Double(value)), startNanoseconds: edge.startNanoseconds))
            }
            if edge.requests > 0 {
                count(edge.requests, &requests)
                count(edge.failed, &failed)
                client.samples.append(
                    sample(edge.clientSeconds, labels, exponents, bounds, start: edge.startNanoseconds, exemplar))
                server.samples.append(
                    sample(edge.serverSeconds, labels, exponents, bounds, start: edge.startNanoseconds, exemplar))
            }
            if edge.unpaired > 0 { count(edge.unpaired, &unpaired) }
            if edge.dropped > 0 { count(edge.dropped, &dropped) }
        }
        return [requests, failed, client, server, unpaired, dropped]
    }

    /// How full the tables are, and what did not fit.
    private func ownFamilies(_ limits: SpanMetrics.Limits) -> [MetricFamily] {
        func family(
            _ name: String, _ help: String, _ kind: MetricFamily.Kind, _ spans: Double, _ edges: Double
        ) -> MetricFamily {
            MetricFamily(
                name: "waybill_span_metrics_" + name, help: help, kind: kind,
                samples: [("traces_spanmetrics", spans), ("traces_service_graph", edges)].map {
                    MetricSample(labels: [MetricLabel("metric", $0)], value: .number($1))
                })
        }
        return [
            family("series", "Series held.", .gauge, Double(series.count), Double(edges.count)),
            family(
                "series_limit", "Series beyond which label sets are folded into _overflow.", .gauge,
                Double(limits.spanSeries), Double(limits.edges)),
            family(
                "folded_label_sets", "Distinct label sets folded into _overflow, estimated.", .gauge,
                foldedSeries.labelSets, foldedEdges.labelSets),
            family(
                "folded_total", "Spans and requests counted in an _overflow series.", .counter,
                Double(foldedSeries.spans), Double(foldedEdges.spans)),
            MetricFamily(
                name: "waybill_span_metrics_waiting_spans", help: "Spans that wait for their other half.", kind: .gauge,
                samples: [MetricSample(labels: [], value: .number(Double(waiting)))]),
        ]
    }
}
