"""The independent implementation that the OTLP tests compare with: protobuf's own runtime and opentelemetry-proto.

Modes (one request a line, in hexadecimal):
  check              exit status 0 when the packages are there, else 3 and a sentence
  generate SEED N    writes N random requests
  reserialize        reads requests, writes them as protobuf's runtime serialises them
  generate-metrics SEED N  writes N random metrics requests
  to-json camel|snake  reads requests, writes them as OTLP JSON in hexadecimal
  metrics-to-json camel|snake  the same for metrics requests
  json               reads "request<TAB>OTLP JSON in hexadecimal", writes "ok" or what differs
"""

import base64
import json
import math
import random
import sys

try:
    from google.protobuf import json_format
    from opentelemetry.proto.common.v1 import common_pb2 as common
    from opentelemetry.proto.metrics.v1 import metrics_pb2 as metrics
    from opentelemetry.proto.trace.v1 import trace_pb2 as trace
except ImportError as missing:
    print(f"{missing}; pip install opentelemetry-proto", file=sys.stderr)
    sys.exit(3)


def text(rng):
    return rng.choice(["", "GET", "Zürich 🏦", "x" * rng.randrange(300), str(rng.random()), 'a"\\\n\t'])


def number(rng, bits):
    return rng.choice([0, 1, (1 << bits) - 1, rng.getrandbits(bits)])


def fill_value(rng, value, depth):
    kind = rng.randrange(9 if depth < 4 else 7)
    if kind == 1:
        value.string_value = text(rng)
    elif kind == 2:
        value.bool_value = rng.random() < 0.5
    elif kind == 3:
        value.int_value = rng.choice([0, -1, 1, -(1 << 63), (1 << 63) - 1])
    elif kind == 4:
        value.double_value = rng.choice([0.0, -0.0, 1.5, math.inf, -math.inf, 5e-324])
    elif kind == 5:
        value.bytes_value = rng.randbytes(rng.randrange(40))
    elif kind == 6:
        value.string_value = "constant"
    elif kind == 7:
        value.array_value.SetInParent()
        for _ in range(rng.randrange(4)):
            fill_value(rng, value.array_value.values.add(), depth + 1)
    elif kind == 8:
        value.kvlist_value.SetInParent()
        fill_attributes(rng, value.kvlist_value.values, 4, depth + 1)


def fill_attributes(rng, attributes, most, depth=0):
    for index in range(rng.randrange(most)):
        attribute = attributes.add()
        attribute.key = rng.choice([f"key.{index}", text(rng)])
        attribute.value.SetInParent()
        fill_value(rng, attribute.value, depth)


def fill_span(rng, span):
    span.trace_id = rng.randbytes(15) + b"\x01"
    span.span_id = rng.randbytes(7) + b"\x01"
    if rng.random() < 0.7:
        span.parent_span_id = rng.randbytes(7) + b"\x01"
    span.trace_state = rng.choice(["", "a=1"])
    span.flags = number(rng, 32)
    span.name = text(rng)
    span.kind = rng.randrange(6)
    span.start_time_unix_nano = number(rng, 64)
    span.end_time_unix_nano = number(rng, 64)
    fill_attributes(rng, span.attributes, 40)
    span.dropped_attributes_count = number(rng, 32)
    for _ in range(rng.randrange(3)):
        event = span.events.add()
        event.time_unix_nano = number(rng, 64)
        event.name = text(rng)
        fill_attributes(rng, event.attributes, 4)
        event.dropped_attributes_count = number(rng, 32)
    span.dropped_events_count = number(rng, 32)
    for _ in range(rng.randrange(3)):
        link = span.links.add()
        link.trace_id = rng.randbytes(15) + b"\x01"
        link.span_id = rng.randbytes(7) + b"\x01"
        link.trace_state = rng.choice(["", "k=v"])
        fill_attributes(rng, link.attributes, 4)
        link.dropped_attributes_count = number(rng, 32)
        link.flags = number(rng, 32)
    span.dropped_links_count = number(rng, 32)
    if rng.random() < 0.5:
        span.status.message = text(rng)
        span.status.code = rng.randrange(1, 3)


def double(rng):
    return rng.choice([0.0, -0.0, 1.5, -2.25, math.inf, -math.inf, 5e-324, rng.random() * 1e9])


def fill_exemplars(rng, exemplars):
    for _ in range(rng.randrange(3)):
        exemplar = exemplars.add()
        fill_attributes(rng, exemplar.filtered_attributes, 3)
        exemplar.time_unix_nano = number(rng, 64)
        if rng.random() < 0.5:
            exemplar.as_double = double(rng)
        else:
            exemplar.as_int = rng.choice([0, -1, 1 << 62, -(1 << 63)])
        if rng.random() < 0.5:
            exemplar.trace_id = rng.randbytes(15) + b"\x01"
            exemplar.span_id = rng.randbytes(7) + b"\x01"


def fill_point(rng, point, kind):
    point.start_time_unix_nano = number(rng, 64)
    point.time_unix_nano = number(rng, 64)
    point.flags = rng.choice([0, 0, 2, (1 << 32) - 1])
    fill_attributes(rng, point.attributes, 8)
    if kind in ("gauge", "sum"):
        choice = rng.randrange(5)
        if choice == 0:
            point.flags = 1
        elif choice < 3:
            point.as_double = double(rng)
        else:
            point.as_int = rng.choice([0, -1, 1 << 62, -(1 << 63)])
    else:
        point.count = number(rng, 64)
        point.sum = double(rng)
    if kind in ("histogram", "exponential_histogram"):
        if rng.random() < 0.5:
            point.ClearField("sum")
        if rng.random() < 0.5:
            point.min = double(rng)
            point.max = double(rng)
    if kind == "histogram":
        bounds = sorted({rng.choice([-math.inf, 0.0, 0.5, 1e9, rng.random()]) for _ in range(rng.randrange(9))})
        point.explicit_bounds.extend(bounds)
        if bounds or rng.random() < 0.5:
            point.bucket_counts.extend([number(rng, 64) for _ in range(len(bounds) + 1)])
    if kind == "exponential_histogram":
        point.scale = rng.choice([0, 20, -10, -1, 3, (1 << 31) - 1, -(1 << 31)])
        point.zero_count = number(rng, 64)
        point.zero_threshold = rng.choice([0.0, 1e-9])
        for buckets in (point.positive, point.negative):
            buckets.offset = rng.choice([0, -1, 70, -(1 << 31), 1 << 30])
            buckets.bucket_counts.extend([number(rng, 64) for _ in range(rng.randrange(9))])
    if kind == "summary":
        for _ in range(rng.randrange(4)):
            point.quantile_values.add(quantile=rng.choice([0.0, 0.5, 0.99, 1.0]), value=double(rng))
    else:
        fill_exemplars(rng, point.exemplars)


def fill_metric(rng, metric):
    metric.name = "metric." + text(rng)
    metric.description = text(rng)
    metric.unit = rng.choice(["", "s", "By"])
    fill_attributes(rng, metric.metadata, 3)
    kind = rng.choice(["gauge", "sum", "histogram", "exponential_histogram", "summary"])
    data = getattr(metric, kind)
    data.SetInParent()
    for _ in range(rng.randrange(4)):
        fill_point(rng, data.data_points.add(), kind)
    if kind not in ("gauge", "summary"):
        data.aggregation_temporality = rng.choice([1, 2])
    if kind == "sum":
        data.is_monotonic = rng.random() < 0.5


def fill_resource(rng, resource):
    fill_attributes(rng, resource.attributes, 6)
    resource.dropped_attributes_count = number(rng, 32)
    for _ in range(rng.randrange(3)):
        entity = resource.entity_refs.add()
        entity.schema_url = text(rng)
        entity.type = "service"
        entity.id_keys.extend([text(rng) for _ in range(rng.randrange(3))])
        entity.description_keys.extend([text(rng) for _ in range(rng.randrange(3))])


def generate_metrics(seed, count):
    rng = random.Random(seed)
    for _ in range(count):
        request = metrics.MetricsData()
        for _ in range(rng.randrange(1, 3)):
            resource_metrics = request.resource_metrics.add()
            resource_metrics.resource.SetInParent()
            fill_resource(rng, resource_metrics.resource)
            resource_metrics.schema_url = rng.choice(["", "https://s/1"])
            for _ in range(rng.randrange(3)):
                scope_metrics = resource_metrics.scope_metrics.add()
                scope_metrics.scope.name = text(rng)
                scope_metrics.scope.SetInParent()
                scope_metrics.scope.version = text(rng)
                fill_attributes(rng, scope_metrics.scope.attributes, 4)
                scope_metrics.schema_url = rng.choice(["", "https://s/2"])
                for _ in range(rng.randrange(1, 6)):
                    fill_metric(rng, scope_metrics.metrics.add())
        print(request.SerializeToString().hex())


def requests(seed, count):
    """Random requests, every field of every message set in some of them."""
    rng = random.Random(seed)
    for _ in range(count):
        request = trace.TracesData()
        for resource_index in range(rng.randrange(1, 4)):
            resource_spans = request.resource_spans.add()
            # Distinct resources and scopes: equal ones are merged by the store, which is not what is compared here.
            attribute = resource_spans.resource.attributes.add(key="index")
            attribute.value.int_value = resource_index
            fill_resource(rng, resource_spans.resource)
            resource_spans.schema_url = rng.choice(["", "https://s/1"])
            for scope_index in range(rng.randrange(1, 4)):
                scope_spans = resource_spans.scope_spans.add()
                scope_spans.scope.name = f"scope {resource_index} {scope_index}"
                scope_spans.scope.version = text(rng)
                fill_attributes(rng, scope_spans.scope.attributes, 4)
                scope_spans.scope.dropped_attributes_count = number(rng, 32)
                scope_spans.schema_url = rng.choice(["", "https://s/2"])
                for _ in range(rng.randrange(1, 6)):
                    fill_span(rng, scope_spans.spans.add())
        yield request


def hex_ids(node):
    """OTLP JSON has hexadecimal ids where protobuf's JSON mapping has base64."""
    if isinstance(node, dict):
        return {
            key: base64.b64decode(value).hex()
            if key in ("traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id")
            else hex_ids(value)
            for key, value in node.items()
        }
    if isinstance(node, list):
        return [hex_ids(value) for value in node]
    return node


def write_json(message, names):
    """Also varies what is left to the writer: enums by name or number, escapes, white space, order of members."""
    snake = names == "snake"
    document = json_format.MessageToDict(
        message, preserving_proto_field_name=snake, use_integers_for_enums=snake
    )
    text = json.dumps(hex_ids(document), ensure_ascii=snake, indent=1 if snake else None, sort_keys=snake)
    print(text.encode().hex())


def base64_ids(node):
    """OTLP JSON has hexadecimal ids where protobuf's JSON mapping has base64."""
    if isinstance(node, dict):
        return {
            key: base64.b64encode(bytes.fromhex(value)).decode()
            if key in ("traceId", "spanId", "parentSpanId")
            else base64_ids(value)
            for key, value in node.items()
        }
    if isinstance(node, list):
        return [base64_ids(value) for value in node]
    return node


def compare_json(line):
    body, document = line.split("\t")
    wanted = trace.TracesData.FromString(bytes.fromhex(body))
    found = json_format.ParseDict(base64_ids(json.loads(bytes.fromhex(document))), trace.TracesData())
    if found.SerializeToString(deterministic=True) == wanted.SerializeToString(deterministic=True):
        return "ok"
    # Presence of empty submessages is the one thing JSON may add.
    for message in (found, wanted):
        for resource_spans in message.resource_spans:
            resource_spans.resource.SetInParent()
            for scope_spans in resource_spans.scope_spans:
                scope_spans.scope.SetInParent()
                for span in scope_spans.spans:
                    span.status.SetInParent()
                    for attributes in [span.attributes] + [event.attributes for event in span.events]:
                        for attribute in attributes:
                            attribute.value.SetInParent()
    if found.SerializeToString(deterministic=True) == wanted.SerializeToString(deterministic=True):
        return "ok"
    return f"wanted {wanted} found {found}".replace("\n", " ")


mode = sys.argv[1] if __name__ == "__main__" else None
if mode == "generate":
    for request in requests(int(sys.argv[2]), int(sys.argv[3])):
        print(request.SerializeToString().hex())
elif mode == "generate-metrics":
    generate_metrics(int(sys.argv[2]), int(sys.argv[3]))
elif mode == "reserialize":
    for line in sys.stdin:
        print(trace.TracesData.FromString(bytes.fromhex(line.strip())).SerializeToString().hex())
elif mode == "to-json":
    for line in sys.stdin:
        write_json(trace.TracesData.FromString(bytes.fromhex(line.strip())), sys.argv[2])
elif mode == "metrics-to-json":
    for line in sys.stdin:
        write_json(metrics.MetricsData.FromString(bytes.fromhex(line.strip())), sys.argv[2])
elif mode == "json":
    for line in sys.stdin:
        print(compare_json(line.strip()))
