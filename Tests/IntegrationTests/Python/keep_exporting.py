"""Exports with the SDK's batch processor for a while, whatever happens to the collector meanwhile.

Arguments: protocol, host:port, spans, seconds. Several providers export at once. Prints, as JSON, the ids of all spans
that an exporter reported as exported, by trace, and how many exports failed or were tried again.
"""

import json
import logging
import sys
import threading
import time
from collections import defaultdict

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult

from sdk_exporters import WatchedExporter, span_exporter

PROVIDERS = 4
SPANS_OF_A_TRACE = 20

protocol, address, total, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
exported = defaultdict(list)
failures = 0
lock = threading.Lock()


class Retries(logging.Handler):
    """The exporters say in their log when they try again."""

    count = 0

    def emit(self, record):
        if "retrying" in record.getMessage():
            Retries.count += 1


logging.getLogger("opentelemetry").addHandler(Retries())


def heard(spans, result):
    global failures
    with lock:
        if result is not SpanExportResult.SUCCESS:
            failures += 1
            return
        for span in spans:
            exported[format(span.context.trace_id, "032x")].append(format(span.context.span_id, "016x"))


def pay(number):
    exporter = WatchedExporter(span_exporter(protocol, address, timeout=30), heard)
    provider = TracerProvider(resource=Resource.create({"service.name": f"teller-{number}"}), shutdown_on_exit=False)
    provider.add_span_processor(
        BatchSpanProcessor(exporter, max_queue_size=1 << 16, schedule_delay_millis=20, max_export_batch_size=40))
    tracer = provider.get_tracer("bank.teller")
    traces = total // PROVIDERS // SPANS_OF_A_TRACE
    for count in range(traces):
        with tracer.start_as_current_span("POST /payments", attributes={"payment.id": f"K-{number}-{count}"}):
            for step in range(SPANS_OF_A_TRACE - 1):
                with tracer.start_as_current_span(f"step {step}", attributes={"step": step}):
                    pass
        time.sleep(seconds / traces)
    provider.force_flush(60000)
    provider.shutdown()


threads = [threading.Thread(target=pay, args=(number,)) for number in range(PROVIDERS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(json.dumps({"exported": exported, "failures": failures, "retries": Retries.count}))
