"""Random OTLP requests, and one form of a stored span in which two decoders' results can be compared."""

import base64
import json
import random
import sys
from collections import Counter
from pathlib import Path

from google.protobuf import json_format
from opentelemetry.proto.trace.v1 import trace_pb2 as trace

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "InteropTests"))

from otlp_reference import base64_ids, requests  # noqa: E402


def random_requests(seed, count):
    """Requests whose spans belong to one to three traces each; the same seed makes the same requests."""
    rng = random.Random(seed)
    for request in requests(seed, count):
        traces = [rng.randbytes(16) for _ in range(rng.randrange(1, 4))]
        for span in spans_of(request):
            span.trace_id = rng.choice(traces)
        yield request


def spans_of(data):
    for resource_spans in data.resource_spans:
        for scope_spans in resource_spans.scope_spans:
            yield from scope_spans.spans


def trace_ids(data):
    return sorted({span.trace_id for span in spans_of(data)})


def one_trace(data, trace_id):
    """The request without the spans of other traces."""
    wanted = trace.TracesData()
    wanted.CopyFrom(data)
    for resource_spans in wanted.resource_spans:
        for scope_spans in resource_spans.scope_spans:
            spans = [span for span in scope_spans.spans if span.trace_id == trace_id]
            del scope_spans.spans[:]
            scope_spans.spans.extend(spans)
    return wanted


def _settle(data):
    """Whether an empty message is there or not makes no difference in what it says, and JSON always writes some."""
    for resource_spans in data.resource_spans:
        resource_spans.resource.SetInParent()
        for scope_spans in resource_spans.scope_spans:
            scope_spans.scope.SetInParent()
            _settle_attributes(scope_spans.scope.attributes)
            for span in scope_spans.spans:
                span.status.SetInParent()
                _settle_attributes(span.attributes)
                for part in [*span.events, *span.links]:
                    _settle_attributes(part.attributes)
        _settle_attributes(resource_spans.resource.attributes)


def _settle_attributes(attributes):
    for attribute in attributes:
        attribute.value.SetInParent()
        _settle_value(attribute.value)


def _settle_value(value):
    for item in value.array_value.values:
        _settle_value(item)
    _settle_attributes(value.kvlist_value.values)


def flattened(data, trace_id=None):
    """Each span with its resource and scope, and how often."""
    copy = trace.TracesData()
    copy.CopyFrom(data)
    _settle(copy)
    found = Counter()
    for resource_spans in copy.resource_spans:
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                if trace_id is not None and span.trace_id != trace_id:
                    continue
                one = trace.ResourceSpans(resource=resource_spans.resource, schema_url=resource_spans.schema_url)
                one.scope_spans.add(scope=scope_spans.scope, spans=[span], schema_url=scope_spans.schema_url)
                found[one.SerializeToString(deterministic=True)] += 1
    return found


def from_json(text):
    """OTLP JSON, read by protobuf's own JSON mapping, which refuses what it does not know."""
    return json_format.ParseDict(base64_ids(json.loads(text)), trace.TracesData())


def to_json(data, snake_case=False, numbers=False):
    """OTLP JSON: protobuf's JSON mapping with hexadecimal ids and enumerations as numbers.

    The specification allows lower camel case and the fields' own names, and 64-bit integers as text or as numbers.
    """
    node = json_format.MessageToDict(
        data, preserving_proto_field_name=snake_case, use_integers_for_enums=True)
    return json.dumps(_otlp_json(node, numbers), ensure_ascii=False)


_IDS = {"traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id"}
_NUMBERS = {"startTimeUnixNano", "endTimeUnixNano", "timeUnixNano", "intValue",
            "start_time_unix_nano", "end_time_unix_nano", "time_unix_nano", "int_value"}


def _otlp_json(node, numbers):
    if isinstance(node, dict):
        out = {}
        for key, value in node.items():
            if key in _IDS and isinstance(value, str):
                out[key] = base64.b64decode(value).hex()
            elif numbers and key in _NUMBERS and isinstance(value, str):
                out[key] = int(value)
            else:
                out[key] = _otlp_json(value, numbers)
        return out
    if isinstance(node, list):
        return [_otlp_json(value, numbers) for value in node]
    return node
