"""The independent readers that the exposition tests compare with: prometheus_client's parsers and protobuf's own runtime.

Modes (standard input is one page; in hexadecimal for protobuf):
  check        exit status 0 when the packages are there, else 3 and a sentence
  text         Prometheus' text format 0.0.4
  openmetrics  OpenMetrics 1.0
  protobuf     delimited io.prometheus.client.MetricFamily messages
Writes a line a sample: name, labels, value and exemplar, separated by tabs; strings in hexadecimal, numbers as bits.
"""

import struct
import sys

try:
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, unknown_fields
    from prometheus_client import parser
    from prometheus_client.openmetrics import parser as openmetrics_parser
except ImportError as missing:
    print(f"{missing}; pip install prometheus-client protobuf", file=sys.stderr)
    sys.exit(3)


def bits(value):
    return struct.pack(">d", float(value)).hex()


def labels(pairs):
    return ";".join(f"{name}={value.encode().hex()}" for name, value in sorted(pairs))


def bound(pairs):
    """`le` and `quantile` by their value, not by how they are spelt."""
    return [
        (name, str(bits(value)) if name in ("le", "quantile") else value) for name, value in pairs
    ]


def line(name, pairs, value, exemplar=""):
    return "\t".join([name, labels(bound(pairs)), bits(value), exemplar])


def exemplar_text(pairs, value, milliseconds):
    return f"{labels(pairs)}|{bits(value)}|{milliseconds}"


def from_text(page):
    for family in parser.text_string_to_metric_families(page):
        for sample in family.samples:
            yield line(sample.name, sample.labels.items(), sample.value)


def from_openmetrics(page):
    for family in openmetrics_parser.text_string_to_metric_families(page):
        for sample in family.samples:
            exemplar = ""
            if sample.exemplar:
                time = sample.exemplar.timestamp
                exemplar = exemplar_text(
                    sample.exemplar.labels.items(), sample.exemplar.value, round(float(time) * 1000) if time else 0)
            yield line(sample.name, sample.labels.items(), sample.value, exemplar)


FIELDS = descriptor_pb2.FieldDescriptorProto
KINDS = {"string": FIELDS.TYPE_STRING, "double": FIELDS.TYPE_DOUBLE, "uint64": FIELDS.TYPE_UINT64,
         "uint32": FIELDS.TYPE_UINT32, "sint32": FIELDS.TYPE_SINT32, "sint64": FIELDS.TYPE_SINT64,
         "int64": FIELDS.TYPE_INT64, "int32": FIELDS.TYPE_INT32}
# io/prometheus/client/metrics.proto, as far as it is written.
MESSAGES = {
    "Time": "1 seconds int64, 2 nanos int32",
    "LabelPair": "1 name string, 2 value string",
    "Exemplar": "1* label LabelPair, 2 value double, 3 timestamp Time",
    "Gauge": "1 value double",
    "Counter": "1 value double, 2 exemplar Exemplar, 3 created_timestamp Time",
    "Quantile": "1 quantile double, 2 value double",
    "Summary": "1 sample_count uint64, 2 sample_sum double, 3* quantile Quantile, 4 created_timestamp Time",
    "Untyped": "1 value double",
    "Bucket": "1 cumulative_count uint64, 2 upper_bound double, 3 exemplar Exemplar",
    "BucketSpan": "1 offset sint32, 2 length uint32",
    "Histogram": "1 sample_count uint64, 2 sample_sum double, 3* bucket Bucket, 5 schema sint32,"
                 " 6 zero_threshold double, 7 zero_count uint64, 9* negative_span BucketSpan,"
                 " 10* negative_delta sint64, 12* positive_span BucketSpan, 13* positive_delta sint64,"
                 " 15 created_timestamp Time, 16* exemplars Exemplar",
    "Metric": "1* label LabelPair, 2 gauge Gauge, 3 counter Counter, 4 summary Summary, 5 untyped Untyped,"
              " 7 histogram Histogram",
    "MetricFamily": "1 name string, 2 help string, 3 type int32, 4* metric Metric, 5 unit string",
}


def families_class():
    file = descriptor_pb2.FileDescriptorProto(name="metrics.proto", package="t", syntax="proto2")
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for field in fields.split(","):
            number, field_name, kind = field.split()
            added = message.field.add(name=field_name, number=int(number.rstrip("*")))
            added.label = FIELDS.LABEL_REPEATED if number.endswith("*") else FIELDS.LABEL_OPTIONAL
            added.type = KINDS.get(kind, FIELDS.TYPE_MESSAGE)
            if kind not in KINDS:
                added.type_name = f".t.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("t.MetricFamily"))


def delimited(page):
    position = 0
    family_class = families_class()
    while position < len(page):
        size = shift = 0
        while True:
            byte = page[position]
            position += 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        family = family_class()
        family.ParseFromString(page[position:position + size])
        assert not len(unknown_fields.UnknownFieldSet(family)), "a field that the format does not have"
        position += size
        yield family


def milliseconds(time):
    return time.seconds * 1000 + time.nanos // 1_000_000


def proto_exemplar(message, field):
    if not message.HasField(field):
        return ""
    exemplar = getattr(message, field)
    pairs = [(label.name, label.value) for label in exemplar.label]
    return exemplar_text(pairs, exemplar.value, milliseconds(exemplar.timestamp))


def buckets(spans, deltas):
    """The counts by index."""
    counts, index, count, rest = [], 0, 0, list(deltas)
    for span in spans:
        index += span.offset
        for _ in range(span.length):
            count += rest.pop(0)
            if count:
                counts.append(f"{index}:{count}")
            index += 1
    assert not rest
    return ",".join(counts)


def from_protobuf(page):
    for family in delimited(bytes.fromhex(page)):
        for metric in family.metric:
            pairs = [(label.name, label.value) for label in metric.label]
            if metric.HasField("counter"):
                counter = metric.counter
                yield line(family.name, pairs, counter.value, proto_exemplar(counter, "exemplar"))
                if counter.HasField("created_timestamp"):
                    yield line(family.name + "_created", pairs, milliseconds(counter.created_timestamp))
            elif metric.HasField("gauge"):
                yield line(family.name, pairs, metric.gauge.value)
            elif metric.HasField("untyped"):
                yield line(family.name, pairs, metric.untyped.value)
            elif metric.HasField("summary"):
                summary = metric.summary
                for quantile in summary.quantile:
                    yield line(family.name, pairs + [("quantile", str(quantile.quantile))], quantile.value)
                yield line(family.name + "_sum", pairs, summary.sample_sum)
                yield line(family.name + "_count", pairs, summary.sample_count)
                if summary.HasField("created_timestamp"):
                    yield line(family.name + "_created", pairs, milliseconds(summary.created_timestamp))
            elif metric.HasField("histogram"):
                histogram = metric.histogram
                for bucket in histogram.bucket:
                    yield line(
                        family.name + "_bucket", pairs + [("le", repr(bucket.upper_bound))], bucket.cumulative_count,
                        proto_exemplar(bucket, "exemplar"))
                yield line(family.name + "_sum", pairs, histogram.sample_sum)
                yield line(family.name + "_count", pairs, histogram.sample_count)
                if histogram.HasField("created_timestamp"):
                    yield line(family.name + "_created", pairs, milliseconds(histogram.created_timestamp))
                if histogram.HasField("schema"):
                    native = [str(histogram.schema), bits(histogram.zero_threshold), str(histogram.zero_count),
                              buckets(histogram.positive_span, histogram.positive_delta),
                              buckets(histogram.negative_span, histogram.negative_delta)]
                    yield "\t".join([family.name, labels(pairs), "native", " ".join(native)])


if __name__ == "__main__":
    if sys.argv[1] != "check":
        read = {"text": from_text, "openmetrics": from_openmetrics, "protobuf": from_protobuf}[sys.argv[1]]
        page = sys.stdin.buffer.read().decode()
        try:
            for item in read(page):
                print(item)
        except Exception as error:  # what a reader refuses is the answer
            print(f"refused: {error!r}")
            sys.exit(1)
