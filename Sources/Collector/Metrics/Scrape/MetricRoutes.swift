import Exposition
import NIOCore
import Telemetry

/// What Prometheus scrapes: `/metrics` for the collector itself, `/metrics/mesh` for what others sent and what was counted
/// from their spans, `/federate` for a selection of both.
struct MetricRoutes: Sendable {
    /// The job of the collector's own series where they stand among others'.
    static let ownJob = "waybill-collector"

    let registry: MetricRegistry
    let mesh: MeshMetrics
    let spans: SpanMetrics

    var routes: [QueryRoute] {
        [
            QueryRoute("/metrics", .waybill, nil) { answer(registry.collect(), to: $0) },
            QueryRoute("/metrics/mesh", .waybill, nil) { answer(meshFamilies(), to: $0) },
            QueryRoute("/federate", .waybill, nil) { try federate($0) },
        ]
    }

    /// With their own `job` and `instance`, so a scrape of them wants `honor_labels: true`.
    private func meshFamilies() -> [MetricFamily] {
        let families = spans.collect() + mesh.collect()
        let conflicts = families.conflicts()
        return families + [
            MetricFamily(
                name: "waybill_metric_name_conflicts",
                help: "Names left out in part because senders use them for metrics of different kinds.", kind: .gauge,
                samples: [MetricSample(labels: [], value: .number(Double(conflicts.count)))])
        ]
    }

    private func federate(_ request: QueryRequest) throws(QueryRefusal) -> HTTPAnswer {
        let texts = request.http.query.filter { $0.name == "match[]" }.map(\.value)
        guard !texts.isEmpty else {
            throw .badRequest("match[]: name at least one selector, as in match[]={job=\"x\"}.")
        }
        guard texts.count <= SeriesSelection.maximumSelectors else {
            throw .badRequest("match[]: at most \(SeriesSelection.maximumSelectors) selectors, not \(texts.count).")
        }
        var selectors: [SeriesSelector] = []
        for text in texts {
            do throws(SelectorError) { selectors.append(try SeriesSelector(text)) } catch {
                throw .badRequest("match[]=\(text.prefix(200)): \(error.message).")
            }
        }
        var own = registry.collect()
        for family in own.indices {
            for sample in own[family].samples.indices {
                own[family].samples[sample].labels.append(MetricLabel("job", Self.ownJob))
            }
        }
        var selection = SeriesSelection(selectors)
        return answer(selection.select(from: (own + meshFamilies()).merged()), to: request)
    }

    private func answer(_ families: [MetricFamily], to request: QueryRequest) -> HTTPAnswer {
        let accept = request.http.headers["Accept"]
        let format = ExpositionFormat.negotiate(accept: accept.isEmpty ? nil : accept.joined(separator: ","))
        var output: [UInt8] = []
        // About what a sample takes: a long page is not moved again and again while it grows.
        output.reserveCapacity(families.reduce(1024) { $0 + 112 * $1.samples.count })
        format.write(families, to: &output)
        var answer = HTTPAnswer(status: .ok, contentType: format.contentType, body: ByteBuffer(bytes: output))
        answer.headers.add(name: "Vary", value: "Accept")
        return answer
    }
}
