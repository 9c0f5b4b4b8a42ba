"""The exporters of OpenTelemetry's SDK by protocol, as an application would configure them."""


def span_exporter(protocol, address, compression="none", timeout=10):
    """`protocol` is `grpc` or `http`, OTLP both, or `zipkin`; `address` is host:port."""
    if protocol == "grpc":
        import grpc
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

        return OTLPSpanExporter(
            endpoint=f"http://{address}", insecure=True, timeout=timeout,
            compression={"none": grpc.Compression.NoCompression, "gzip": grpc.Compression.Gzip,
                         "deflate": grpc.Compression.Deflate}[compression])
    if protocol == "zipkin":
        from opentelemetry.exporter.zipkin.json import ZipkinExporter

        return ZipkinExporter(endpoint=f"http://{address}/api/v2/spans", timeout=timeout)
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter(
        endpoint=f"http://{address}/v1/traces", timeout=timeout, compression=Compression(compression))


def metric_exporter(protocol, address, temporality=None, aggregation=None):
    if protocol == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter

        return OTLPMetricExporter(
            endpoint=f"http://{address}", insecure=True, preferred_temporality=temporality,
            preferred_aggregation=aggregation)
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter

    return OTLPMetricExporter(
        endpoint=f"http://{address}/v1/metrics", preferred_temporality=temporality,
        preferred_aggregation=aggregation)


class WatchedExporter:
    """Hands spans to an exporter and tells what it answered for them."""

    def __init__(self, exporter, heard):
        self.exporter = exporter
        self.heard = heard

    def export(self, spans):
        result = self.exporter.export(spans)
        self.heard(spans, result)
        return result

    def shutdown(self):
        self.exporter.shutdown()

    def force_flush(self, timeout_millis=30000):
        return self.exporter.force_flush(timeout_millis)
