import Telemetry

/// The metrics of one OTLP request (`opentelemetry.proto.metrics.v1.MetricsData`), as its sender grouped them.
///
/// Values for a pipeline that keys series by their attributes, not columns: a request holds hundreds of points where a
/// trace request holds thousands of spans. Text that is not valid UTF-8 is repaired.
public struct OTLPMetrics: Sendable, Hashable {
    public var resources: [OTLPResourceMetrics]

    public init(resources: [OTLPResourceMetrics] = []) { self.resources = resources }

    /// How many data points there are in all metrics.
    public var pointCount: Int {
        resources.reduce(0) { count, resource in
            count
                + resource.scopes.reduce(0) { count, scope in
                    count + scope.metrics.reduce(0) { $0 + $1.data.pointCount }
                }
        }
    }
}

/// `ResourceMetrics`: what one entity sent. The schema URL lies in the resource.
public struct OTLPResourceMetrics: Sendable, Hashable {
    public var resource: Resource
    public var scopes: [OTLPScopeMetrics]

    public init(resource: Resource = Resource(), scopes: [OTLPScopeMetrics] = []) {
        self.resource = resource
        self.scopes = scopes
    }
}

/// `ScopeMetrics`: what one library of that entity measured. The schema URL lies in the scope.
public struct OTLPScopeMetrics: Sendable, Hashable {
    public var scope: InstrumentationScope
    public var metrics: [OTLPMetric]

    public init(scope: InstrumentationScope = InstrumentationScope(), metrics: [OTLPMetric] = []) {
        self.scope = scope
        self.metrics = metrics
    }
}
