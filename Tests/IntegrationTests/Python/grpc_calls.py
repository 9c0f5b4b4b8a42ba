"""Calls the collector's OTLP/gRPC listener with grpcio, in ways that exporters do and in ways that they should not, and
prints what it was answered, as JSON."""

import json
import sys
import time

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

TRACES = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


def request(trace, spans, padding=0):
    message = trace_service_pb2.ExportTraceServiceRequest()
    resource = message.resource_spans.add()
    resource.resource.attributes.add(key="service.name").value.string_value = "grpcio"
    scope = resource.scope_spans.add()
    for index in range(spans):
        span = scope.spans.add(
            trace_id=trace.to_bytes(16, "big"), span_id=(trace * 1000 + index + 1).to_bytes(8, "big"),
            name=f"step {index}", start_time_unix_nano=10**18 + index, end_time_unix_nano=10**18 + index + 5)
        if padding:
            span.attributes.add(key="padding").value.string_value = "x" * padding
    return message.SerializeToString()


def outcome(future):
    """`OK` and the response's length, or the code, the sentence and the metadata that came with it."""
    try:
        return {"code": "OK", "bytes": len(future.result())}
    except grpc.RpcError as error:
        trailing = {key: str(value) for key, value in (error.trailing_metadata() or ())}
        return {"code": error.code().name, "details": error.details(), "trailing": trailing}


address = sys.argv[1]
channel = grpc.insecure_channel(address, options=[
    ("grpc.keepalive_time_ms", 200), ("grpc.keepalive_timeout_ms", 2000),
    ("grpc.keepalive_permit_without_calls", 1), ("grpc.http2.max_pings_without_data", 0)])


def call(body, method=TRACES, **options):
    """A unary call with bytes in and bytes out."""
    return channel.unary_unary(method).future(body, **options)


answers = {
    "plain": outcome(call(request(1, 3))),
    "metadata": outcome(call(request(2, 3), metadata=[("tenant", "bank"), ("blob-bin", bytes(range(256)))])),
    "gzip": outcome(call(request(3, 200, 50), compression=grpc.Compression.Gzip)),
    "deflate": outcome(call(request(4, 200, 50), compression=grpc.Compression.Deflate)),
    "deadline": outcome(call(request(5, 3), timeout=30)),
    "passed": outcome(call(request(6, 3), timeout=-1)),
    "rubbish": outcome(call(b"this is no protobuf")),
    "empty": outcome(call(b"")),
    "large": outcome(call(request(7, 20, 1_000_000))),
    "unknown": outcome(call(b"", method="/waybill.None/Such")),
    "logs": outcome(call(b"", method="/opentelemetry.proto.collector.logs.v1.LogsService/Export")),
}
# A hundred at once, all on the one connection.
futures = [call(request(100 + index, 10)) for index in range(100)]
answers["many"] = [outcome(future)["code"] for future in futures]
# Cancelled while they are on their way: the connection goes on.
for future in [call(request(300 + index, 10)) for index in range(50)]:
    future.cancel()
# Silence, with the client's keep-alive pings.
time.sleep(1)
answers["after silence"] = outcome(call(request(8, 3)))
print(json.dumps(answers))
