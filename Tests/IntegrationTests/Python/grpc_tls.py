"""Exports one span with OpenTelemetry's Python SDK by gRPC over mutual TLS.

Arguments: port, roots, certificate chain and key (both `-` for none), transaction. Prints what the exporter answered.
"""

import json
import logging
import sys

import grpc
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from sdk_exporters import WatchedExporter

port, roots, chain, key, transaction = sys.argv[1:6]
logging.disable(logging.CRITICAL)


def read(path):
    if path == "-":
        return None
    with open(path, "rb") as file:
        return file.read()


results = []
exporter = WatchedExporter(
    OTLPSpanExporter(
        endpoint=f"https://localhost:{port}", timeout=3,
        credentials=grpc.ssl_channel_credentials(read(roots), read(key), read(chain))),
    lambda spans, result: results.append(result.name))
provider = TracerProvider(resource=Resource.create({"service.name": "tls-bank"}))
provider.add_span_processor(SimpleSpanProcessor(exporter))
with provider.get_tracer("tls").start_as_current_span("POST /payments", attributes={"payment.id": transaction}):
    pass
provider.shutdown()
print(json.dumps({"results": results}))
