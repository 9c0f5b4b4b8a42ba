"""Exports spans with OpenTelemetry's Python SDK and prints what it exported, as JSON.

Arguments: protocol (grpc, http or zipkin), host:port, compression (none, gzip, deflate).
"""

import json
import sys

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from sdk_exporters import WatchedExporter, span_exporter


class Recorder(SpanExporter):
    def __init__(self):
        self.spans = []

    def export(self, spans):
        self.spans += spans
        return SpanExportResult.SUCCESS


def value(item):
    return list(item) if isinstance(item, tuple) else item


def attributes(items):
    return {key: value(item) for key, item in (items or {}).items()}


protocol, address, compression = sys.argv[1:4]
results = []
exporter = WatchedExporter(
    span_exporter(protocol, address, compression), lambda spans, result: results.append(result.name))
recorder = Recorder()
provider = TracerProvider(
    resource=Resource.create({"service.name": "python-bank", "service.instance.id": "p-1", "host.cores": 2}))
provider.add_span_processor(SimpleSpanProcessor(exporter))
provider.add_span_processor(SimpleSpanProcessor(recorder))
tracer = provider.get_tracer("bank.payments", "1.2.3", schema_url="https://opentelemetry.io/schemas/1.27.0")

other = SpanContext(0x1111, 0x2222, is_remote=True, trace_flags=TraceFlags(1))
with tracer.start_as_current_span(
    "POST /payments", kind=SpanKind.SERVER, links=[Link(other, {"why": "settles"})],
    attributes={"payment.id": "PY-77", "amount": 12.5, "retries": 3, "urgent": True, "tags": ["a", "b"],
                "sums": [1, 2], "text": "Zürich 台帳"},
) as parent:
    parent.add_event("validated", {"rules": 7}, timestamp=1_793_697_262_104_000_123)
    with tracer.start_as_current_span("book", kind=SpanKind.CLIENT) as child:
        child.set_status(Status(StatusCode.ERROR, "no cover"))
        child.record_exception(ValueError("no cover"))
provider.shutdown()

print(json.dumps({
    "results": results,
    "spans": [{
        "traceID": format(span.context.trace_id, "032x"),
        "spanID": format(span.context.span_id, "016x"),
        "parent": format(span.parent.span_id, "016x") if span.parent else "",
        "name": span.name,
        "kind": span.kind.value + 1,
        "start": str(span.start_time),
        "end": str(span.end_time),
        "status": {"UNSET": 0, "OK": 1, "ERROR": 2}[span.status.status_code.name],
        "message": span.status.description or "",
        "attributes": attributes(span.attributes),
        "events": [{"name": event.name, "time": str(event.timestamp), "attributes": attributes(event.attributes)}
                   for event in span.events],
        "links": [{"traceID": format(link.context.trace_id, "032x"), "attributes": attributes(link.attributes)}
                  for link in span.links],
        "resource": attributes(span.resource.attributes),
        "scope": [span.instrumentation_scope.name, span.instrumentation_scope.version,
                  span.instrumentation_scope.schema_url],
    } for span in recorder.spans],
}))
