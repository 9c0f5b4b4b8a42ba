import Exposition
import Interop
import Telemetry

/// The labels of a resource's series, as Prometheus' OTLP receiver makes them.
struct ReportLabels {
    private static let identifying: Set<String> = ["service.namespace", "service.name", "service.instance.id"]

    /// `service.namespace/service.name`; `nil` without a name.
    let job: String?
    /// `service.instance.id`.
    let instance: String?
    private let others: [Attribute]

    init(_ resource: Resource) {
        func text(_ key: String) -> String? {
            resource.attributes.first(key).map { AttributeText.text($0) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        job = text("service.name").map { name in text("service.namespace").map { "\($0)/\(name)" } ?? name }
        instance = text("service.instance.id")
        others = resource.attributes.filter { !Self.identifying.contains($0.key) }
    }

    /// The labels of one point: its attributes, the scope's name and version, job and instance.
    func labels(_ attributes: [Attribute], _ scope: InstrumentationScope) -> [MetricLabel] {
        var labels = Self.labels(attributes)
        if !scope.name.isEmpty { labels["otel_scope_name"] = scope.name }
        if !scope.version.isEmpty { labels["otel_scope_version"] = scope.version }
        return finished(labels)
    }

    /// The labels of the resource's `target_info`; `nil` where it would say nothing, or of nobody.
    func targetInfo() -> [MetricLabel]? {
        guard !others.isEmpty, job != nil || instance != nil else { return nil }
        return finished(Self.labels(others))
    }

    private func finished(_ labels: [String: String]) -> [MetricLabel] {
        var labels = labels
        if let job { labels["job"] = job }
        if let instance { labels["instance"] = instance }
        // A label without a value is none.
        return labels.filter { !$0.value.isEmpty }.map { MetricLabel($0.key, $0.value) }.sorted { $0.name < $1.name }
    }

    /// Where two keys become one name, their values are joined in the order of the keys.
    private static func labels(_ attributes: [Attribute]) -> [String: String] {
        var labels: [String: String] = [:]
        for attribute in attributes.sorted(by: { $0.key < $1.key }) {
            guard let name = PrometheusNaming.labelName(attribute.key) else { continue }
            let text = AttributeText.text(attribute.value)
            labels[name] = labels[name].map { "\($0);\(text)" } ?? text
        }
        return labels
    }
}
