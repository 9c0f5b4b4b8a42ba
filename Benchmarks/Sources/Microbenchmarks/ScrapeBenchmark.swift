import Exposition
import Telemetry

/// A page of what proxies sent, by number of series: collecting it and writing it.
enum ScrapeBenchmark {
    static func run(series count: Int) {
        let accumulator = MetricAccumulator(limits: .init(seriesPerExporter: count, series: count))
        let perExporter = 1000
        for exporter in 0..<count / perExporter {
            var batch = MetricBatch()
            for route in 0..<perExporter {
                batch.series.append(
                    MetricSeries(
                        name: "waybill_proxy_requests_total", help: "Requests.", kind: .counter,
                        labels: [
                            MetricLabel("cluster", "ledger"), MetricLabel("route", "/api/v1/payments/\(route)"),
                            MetricLabel("status", "200"),
                        ]))
                batch.points.append(MetricPoint(series: route, value: .delta(Double(route) * 1.5)))
            }
            accumulator.add(
                batch, job: "waybill-proxy", instance: "pod-\(exporter)", incarnation: 1, nowNanoseconds: 1)
        }
        var families: [MetricFamily] = []
        let collecting = CPUTime.best(of: 5, each: 1) { families = accumulator.collect(nowNanoseconds: 2) }
        Table.row("\(count) series: collect", collecting / 1e6, "ms", budget: nil)
        for format in ExpositionFormat.allCases {
            var output: [UInt8] = []
            let writing = CPUTime.best(of: 5, each: 1) {
                output.removeAll(keepingCapacity: true)
                format.write(families, to: &output)
            }
            Table.row(
                "\(count) series: collect and write \(format)", (collecting + writing) / 1e6, "ms",
                budget: count == 100_000 ? 200 : nil)
            Table.row("\(count) series: \(format)", Double(output.count) / Double(count), "bytes a series", budget: nil)
        }
    }
}
