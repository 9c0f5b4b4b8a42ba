/// Tags that stand for something else than a span attribute, as OpenTelemetry's exporters to Zipkin write them.
///
/// Source: OpenTelemetry specification "SDK exporters: Zipkin"; opentelemetry-collector-contrib,
/// pkg/translator/zipkin/zipkinv2.
enum ZipkinTag: UInt8 {
    case error = 1
    case statusCode, statusDescription, traceState, spanKind, scopeName, scopeVersion, serviceNameSource
    /// An attribute of the resource.
    case resource

    static let table = JSONNames(
        [
            ("error", error), ("otel.status_code", statusCode), ("otel.status_description", statusDescription),
            ("w3c.tracestate", traceState), ("span.kind", spanKind), ("otel.library.name", scopeName),
            ("otel.library.version", scopeVersion), ("otel.scope.name", scopeName),
            ("otel.scope.version", scopeVersion), ("otlp.service.name.source", serviceNameSource),
        ].map { ($0.0, $0.1.rawValue) } + resourceAttributes.map { ($0, resource.rawValue) })

    /// Resource attributes of the semantic conventions, which exporters flatten into tags.
    private static let resourceAttributes = [
        "cloud.provider", "cloud.account.id", "cloud.region", "cloud.availability_zone", "cloud.platform",
        "aws.ecs.container.arn", "aws.ecs.cluster.arn", "aws.ecs.launchtype", "aws.ecs.task.arn",
        "aws.ecs.task.family", "aws.ecs.task.revision", "aws.eks.cluster.arn", "aws.log.group.names",
        "aws.log.group.arns", "aws.log.stream.names", "aws.log.stream.arns", "container.name", "container.id",
        "container.runtime", "container.image.name", "container.image.tag", "deployment.environment",
        "deployment.environment.name", "device.id", "device.model.identifier", "device.model.name",
        "device.manufacturer", "faas.name", "faas.id", "faas.version", "faas.instance", "faas.max_memory", "host.id",
        "host.name", "host.type", "host.arch", "host.image.name", "host.image.id", "host.image.version",
        "k8s.cluster.name", "k8s.node.name", "k8s.node.uid", "k8s.namespace.name", "k8s.pod.uid", "k8s.pod.name",
        "k8s.container.name", "k8s.container.restart_count", "k8s.replicaset.uid", "k8s.replicaset.name",
        "k8s.deployment.uid", "k8s.deployment.name", "k8s.statefulset.uid", "k8s.statefulset.name",
        "k8s.daemonset.uid", "k8s.daemonset.name", "k8s.job.uid", "k8s.job.name", "k8s.cronjob.uid",
        "k8s.cronjob.name", "os.type", "os.description", "os.name", "os.version", "process.pid",
        "process.executable.name", "process.executable.path", "process.command", "process.command_line",
        "process.command_args", "process.owner", "process.runtime.name", "process.runtime.version",
        "process.runtime.description", "service.name", "service.namespace", "service.instance.id", "service.version",
        "telemetry.sdk.name", "telemetry.sdk.language", "telemetry.sdk.version", "telemetry.auto.version",
        "webengine.name", "webengine.version", "webengine.description",
    ]
}
