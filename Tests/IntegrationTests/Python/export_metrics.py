"""Records metrics with OpenTelemetry's Python SDK and exports them twice.

Arguments: protocol (grpc or http), host:port, temporality (cumulative or delta), service. Prints, as JSON, what the
exporter answered.
"""

import json
import sys

from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, MetricExportResult, PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource

from sdk_exporters import metric_exporter

protocol, address, temporality, service = sys.argv[1:5]
kind = AggregationTemporality.DELTA if temporality == "delta" else AggregationTemporality.CUMULATIVE
exporter = metric_exporter(protocol, address, temporality={Counter: kind, Histogram: kind})
results = []
export = exporter.export


def watched(data, **options):
    result = export(data, **options)
    results.append(result.name)
    return result


exporter.export = watched
reader = PeriodicExportingMetricReader(exporter, export_interval_millis=3_600_000)
provider = MeterProvider(
    metric_readers=[reader], resource=Resource.create({
        "service.name": service, "service.namespace": "bank", "service.instance.id": "i-1", "host.name": "host-7"}),
    views=[View(instrument_name="payment.size", aggregation=ExponentialBucketHistogramAggregation())])
meter = provider.get_meter("bank.metrics", "1.0")
booked = meter.create_counter("payments.booked", unit="{payment}", description="Payments booked.")
waiting = meter.create_up_down_counter("payments.waiting", description="Payments that wait.")
duration = meter.create_histogram("payment.duration", unit="s", description="Time to book a payment.")
size = meter.create_histogram("payment.size", unit="By", description="Size of a payment message.")
rate = meter.create_gauge("fx.rate", description="The last rate seen.")

for count in (5, 2):
    booked.add(count, {"currency": "EUR", "payment.scheme": "SEPA"})
    waiting.add(count)
    rate.set(count / 4)
    for _ in range(count):
        duration.record(0.2)
        size.record(1000 * count)
    reader.collect()
provider.shutdown()
print(json.dumps({"results": results, "success": MetricExportResult.SUCCESS.name}))
