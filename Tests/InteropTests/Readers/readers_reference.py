"""An independent reading of what the Jaeger, Zipkin and Tempo writers write, by protobuf's own runtime.

Modes:
  check     exit status 0 when the packages are there, else 3 and a sentence
  compare   reads "FORMAT<TAB>request in hexadecimal<TAB>answer in hexadecimal", writes "ok" or what differs;
            the request is an ExportTraceServiceRequest whose spans are one trace

Field names are checked as strict decoders do: one that the format does not have is a difference, and so is one that is
there twice.
"""

import base64
import ipaddress
import json
import math
import sys

try:
    from opentelemetry.proto.trace.v1 import trace_pb2 as trace
    from google.protobuf import json_format
except ImportError as missing:
    print(f"{missing}; pip install opentelemetry-proto", file=sys.stderr)
    sys.exit(3)

KINDS = {1: "internal", 2: "server", 3: "client", 4: "producer", 5: "consumer"}
SAFE = 2**53 - 1


class Difference(Exception):
    pass


def expect(what, found, wanted):
    if type(found) is not type(wanted) or found != wanted:
        raise Difference(f"{what}: {found!r} instead of {wanted!r}")


def fields(what, value, required, optional=()):
    names = set(value)
    if not set(required) <= names or not names <= set(required) | set(optional):
        raise Difference(f"{what}: fields {sorted(names)}")


def load(text):
    def unique(pairs):
        names = [name for name, _ in pairs]
        if len(set(names)) != len(names):
            raise Difference(f"a key twice in {names}")
        return dict(pairs)

    def never(name):
        raise Difference(f"{name} is no JSON")

    return json.loads(text.decode("utf-8", "strict"), object_pairs_hook=unique, parse_constant=never)


def double(value):
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def plain(value):
    """A value as a plain JSON value."""
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "double_value":
        return double(value.double_value)
    if kind == "bytes_value":
        return base64.b64encode(value.bytes_value).decode()
    if kind == "array_value":
        return [plain(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return attributes(value.kvlist_value.values)
    return getattr(value, kind)


def attributes(entries):
    return {entry.key: plain(entry.value) for entry in entries}


def same_plain(what, found, value):
    """A text that stands for a value."""
    kind = value.WhichOneof("value")
    if kind in ("array_value", "kvlist_value"):
        if not same(load(found.encode()), plain(value)):
            raise Difference(f"{what}: {found!r} instead of {plain(value)!r}")
    elif kind == "double_value" and math.isfinite(value.double_value):
        expect(what, float(found), value.double_value)
    else:
        expect(what, found, text(value))


def same(left, right):
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return left == right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    return left == right


def text(value):
    kind = value.WhichOneof("value")
    if kind is None:
        return ""
    if kind == "bool_value":
        return "true" if value.bool_value else "false"
    if kind in ("array_value", "kvlist_value"):
        return json.dumps(plain(value))
    return str(plain(value))


def hex_id(identifier):
    return identifier.hex()


def trace_hex(identifier):
    whole = identifier.hex().rjust(32, "0")
    return whole[16:] if whole.startswith("0" * 16) else whole


def service(resource):
    for entry in resource.attributes:
        if entry.key == "service.name":
            return entry.value.string_value or "unknown_service"
    return "unknown_service"


def spans(request):
    for resource_spans in request.resource_spans:
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                yield span, scope_spans.scope, resource_spans.resource


# Jaeger


def jaeger_tag(what, found, key, value):
    fields(what, found, ["key", "type", "value"])
    expect(f"{what} key", found["key"], key)
    kind = value.WhichOneof("value")
    types = {"bool_value": "bool", "int_value": "int64", "double_value": "float64", "bytes_value": "binary"}
    expect(f"{what} type", found["type"], types.get(kind, "string"))
    if kind == "bool_value":
        expect(what, found["value"], value.bool_value)
    elif kind == "int_value":
        number = value.int_value
        expect(what, found["value"], number if -SAFE <= number <= SAFE else str(number))
    elif kind == "double_value":
        if not same(found["value"], double(value.double_value)):
            raise Difference(f"{what}: {found['value']!r}")
    elif kind == "bytes_value":
        expect(what, found["value"], base64.b64encode(value.bytes_value).decode())
    else:
        same_plain(what, found["value"], value)


def jaeger_tags(what, found, entries, derived):
    """The entries in order, then the derived ones that are not among them."""
    before = [pair for pair in derived if pair[0].startswith("otel.scope.")]
    after = [pair for pair in derived if not pair[0].startswith("otel.scope.")]
    listed = [(tag["key"], tag["value"]) for tag in found]
    expect(f"{what} scope tags", listed[: len(before)], before)
    rest = found[len(before) :]
    if len(rest) < len(entries):
        raise Difference(f"{what}: {len(rest)} tags for {len(entries)} attributes")
    for index, entry in enumerate(entries):
        jaeger_tag(f"{what} {index}", rest[index], entry.key, entry.value)
    tail = [(tag["key"], tag["value"]) for tag in rest[len(entries) :]]
    known = before + [(tag["key"], tag["value"]) for tag in rest[: len(entries)]]
    expect(f"{what} derived", tail, [pair for pair in after if pair not in known])


def jaeger_derived(span, scope):
    derived = []
    if scope.name:
        derived.append(("otel.scope.name", scope.name))
    if scope.version:
        derived.append(("otel.scope.version", scope.version))
    if span.kind in KINDS:
        derived.append(("span.kind", KINDS[span.kind]))
    if span.status.code == 1:
        derived.append(("otel.status_code", "OK"))
    if span.status.code == 2:
        derived += [("otel.status_code", "ERROR"), ("error", True)]
    if span.status.message:
        derived.append(("otel.status_description", span.status.message))
    if span.trace_state:
        derived.append(("w3c.tracestate", span.trace_state))
    for name in ("attributes", "events", "links"):
        count = getattr(span, f"dropped_{name}_count")
        if count:
            derived.append((f"otel.dropped_{name}_count", count))
    return derived


def jaeger_references(span):
    found = []
    if any(span.parent_span_id):
        found.append(("CHILD_OF", trace_hex(span.trace_id), hex_id(span.parent_span_id)))
    for link in span.links:
        if any(link.trace_id) and any(link.span_id):
            found.append(("FOLLOWS_FROM", trace_hex(link.trace_id), hex_id(link.span_id)))
    return found


def jaeger_log(what, found, event):
    fields(what, found, ["timestamp", "fields"])
    expect(f"{what} timestamp", found["timestamp"], event.time_unix_nano // 1000)
    rest = found["fields"]
    if event.name and not any(entry.key == "event" for entry in event.attributes):
        expect(f"{what} name", rest[0], {"key": "event", "type": "string", "value": event.name})
        rest = rest[1:]
    dropped = event.dropped_attributes_count
    derived = [("otel.dropped_attributes_count", dropped)] if dropped else []
    jaeger_tags(f"{what} fields", rest, event.attributes, derived)


def jaeger(request, answer):
    fields("answer", answer, ["data", "total", "limit", "offset", "errors"])
    expect("counts", (answer["total"], answer["limit"], answer["offset"], answer["errors"]), (0, 0, 0, None))
    expect("traces", len(answer["data"]), 1)
    found = answer["data"][0]
    fields("trace", found, ["traceID", "spans", "processes", "warnings"])
    by_id = {span["spanID"]: span for span in found["spans"]}
    expect("spans", len(by_id), sum(1 for _ in spans(request)))
    for span, scope, resource in spans(request):
        what = hex_id(span.span_id)
        shown = by_id[what]
        required = ["traceID", "spanID", "operationName", "references", "startTime", "duration", "tags", "logs"]
        fields(what, shown, required + ["processID", "warnings"], ["flags"])
        expect(f"{what} trace", shown["traceID"], trace_hex(span.trace_id))
        expect(f"{what} name", shown["operationName"], span.name)
        expect(f"{what} flags", shown.get("flags", 0), span.flags & 1)
        expect(f"{what} start", shown["startTime"], span.start_time_unix_nano // 1000)
        duration = max(0, span.end_time_unix_nano - span.start_time_unix_nano) // 1000
        expect(f"{what} duration", shown["duration"], duration)
        references = [(item["refType"], item["traceID"], item["spanID"]) for item in shown["references"]]
        expect(f"{what} references", references, jaeger_references(span))
        jaeger_tags(f"{what} tags", shown["tags"], span.attributes, jaeger_derived(span, scope))
        expect(f"{what} logs", len(shown["logs"]), len(span.events))
        for index, event in enumerate(span.events):
            jaeger_log(f"{what} log {index}", shown["logs"][index], event)
        process = found["processes"][shown["processID"]]
        fields(f"{what} process", process, ["serviceName", "tags"])
        expect(f"{what} service", process["serviceName"], service(resource))
        hidden = ("service.name", service(resource))
        listed = [
            entry
            for entry in resource.attributes
            if (entry.key, entry.value.string_value) != hidden or entry.value.WhichOneof("value") != "string_value"
        ]
        jaeger_tags(f"{what} process tags", process["tags"], listed, [])
        backwards = span.end_time_unix_nano < span.start_time_unix_nano
        expect(f"{what} warned", bool(shown["warnings"]), backwards)


# Zipkin


def said_by_endpoints(span, shown):
    """Keys of a span's attributes that its endpoints speak of: they need no tags."""
    local = shown["localEndpoint"]
    remote = shown.get("remoteEndpoint", {})
    said = {"peer.service": (remote.get("serviceName"),)}
    for key in ("network.local.address", "net.sock.host.addr", "net.host.ip", "zipkin.localEndpoint.ipv4"):
        said[key] = (local.get("ipv4"), local.get("ipv6"))
    for key in ("network.peer.address", "net.sock.peer.addr", "net.peer.ip", "zipkin.remoteEndpoint.ipv4"):
        said[key] = (remote.get("ipv4"), remote.get("ipv6"))
    for key in ("network.local.port", "net.sock.host.port", "net.host.port"):
        said[key] = (str(local.get("port")),)
    for key in ("network.peer.port", "net.sock.peer.port", "net.peer.port"):
        said[key] = (str(remote.get("port")),)
    return {entry.key for entry in span.attributes if text(entry.value) in said.get(entry.key, ())}


def zipkin_tags(span, scope, resource):
    found = {}
    for entry in resource.attributes:
        if entry.key != "service.name":
            found[entry.key] = entry.value
    for entry in span.attributes:
        found[entry.key] = entry.value
    found = {key: text(value) for key, value in found.items()}
    if span.kind == 1:
        found["span.kind"] = "internal"
    if scope.name:
        found["otel.scope.name"] = scope.name
    if scope.version:
        found["otel.scope.version"] = scope.version
    if span.status.code in (1, 2):
        found["otel.status_code"] = "OK" if span.status.code == 1 else "ERROR"
    if span.status.code == 2:
        found.setdefault("error", span.status.message)
    if span.status.message:
        found["otel.status_description"] = span.status.message
    if span.trace_state:
        found["w3c.tracestate"] = span.trace_state
    for name in ("attributes", "events", "links"):
        count = getattr(span, f"dropped_{name}_count")
        if count:
            found[f"otel.dropped_{name}_count"] = str(count)
    return found


def zipkin_endpoint(what, endpoint):
    fields(what, endpoint, [], ["serviceName", "ipv4", "ipv6", "port"])
    if "ipv4" in endpoint:
        ipaddress.IPv4Address(endpoint["ipv4"])
    if "ipv6" in endpoint:
        ipaddress.IPv6Address(endpoint["ipv6"])


def zipkin(request, answer):
    by_id = {span["id"]: span for span in answer}
    expect("spans", len(by_id), sum(1 for _ in spans(request)))
    for span, scope, resource in spans(request):
        what = hex_id(span.span_id)
        shown = by_id[what]
        optional = ["parentId", "kind", "name", "timestamp", "duration", "remoteEndpoint", "annotations", "tags"]
        fields(what, shown, ["traceId", "id", "localEndpoint"], optional + ["shared"])
        expect(f"{what} trace", shown["traceId"], trace_hex(span.trace_id))
        parent = hex_id(span.parent_span_id) if any(span.parent_span_id) else None
        expect(f"{what} parent", shown.get("parentId"), parent)
        kind = KINDS.get(span.kind, "").upper()
        expect(f"{what} kind", shown.get("kind", ""), "" if kind == "INTERNAL" else kind)
        expect(f"{what} name", shown.get("name", ""), span.name)
        expect(f"{what} timestamp", shown.get("timestamp", 0), span.start_time_unix_nano // 1000)
        duration = max(0, span.end_time_unix_nano - span.start_time_unix_nano)
        expect(f"{what} duration", shown.get("duration", 0), max(1, duration // 1000) if duration else 0)
        zipkin_endpoint(f"{what} local", shown["localEndpoint"])
        expect(f"{what} service", shown["localEndpoint"]["serviceName"], service(resource))
        zipkin_endpoint(f"{what} remote", shown.get("remoteEndpoint", {}))
        notes = shown.get("annotations", [])
        expect(f"{what} annotations", len(notes), len(span.events))
        for note, event in zip(notes, span.events):
            fields(f"{what} annotation", note, ["timestamp", "value"])
            expect(f"{what} annotation time", note["timestamp"], max(1, event.time_unix_nano // 1000))
            if not event.attributes:
                expect(f"{what} annotation", note["value"], event.name)
            else:
                wrapped = load(("{" + note["value"] + "}").encode())
                if not same(wrapped, {event.name: attributes(event.attributes)}):
                    raise Difference(f"{what} annotation: {note['value']!r}")
        tags = dict(shown.get("tags", {}))
        for index, link in enumerate(span.links):
            parts = tags.pop(f"otlp.link.{index}").split("|")
            trace_id = hex_id(link.trace_id).rjust(32, "0")
            expect(f"{what} link", parts[:2], [trace_id, hex_id(link.span_id).rjust(16, "0")])
        said = said_by_endpoints(span, shown)
        wanted = zipkin_tags(span, scope, resource)
        wanted = {key: value for key, value in wanted.items() if key in tags or key not in said}
        expect(f"{what} tag keys", sorted(tags), sorted(wanted))
        for key, value in wanted.items():
            if tags[key] != value and not loosely(tags[key], value):
                raise Difference(f"{what} tag {key!r}: {tags[key]!r} instead of {value!r}")


def loosely(found, wanted):
    """Numbers and JSON may be spelt in more than one way."""
    try:
        return same(json.loads(found), json.loads(wanted))
    except ValueError:
        return False


# Tempo


def same_trace(found, request):
    """Compared as bytes: not-a-number is unequal to itself. An empty status is as good as none."""
    for message in (found, request):
        for span, _, _ in spans(message):
            if not span.status.ByteSize():
                span.ClearField("status")
    if found.SerializeToString(deterministic=True) != request.SerializeToString(deterministic=True):
        raise Difference(f"the trace differs: {found} instead of {request}"[:2000])


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def response(data):
    """TraceByIDResponse, read field by field."""
    found = {}
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            found[number], at = varint(data, at)
        elif wire == 2:
            length, at = varint(data, at)
            found[number] = data[at : at + length]
            at += length
        else:
            raise Difference(f"wire type {wire}")
    if not set(found) <= {1, 2, 3, 4}:
        raise Difference(f"fields {sorted(found)}")
    return found


def tempo_protobuf(request, answer):
    found = response(answer)
    expect("metrics", found[2], b"")
    expect("status", (found.get(3, 0), found.get(4, b"")), (1, "a part is missing".encode()))
    same_trace(trace.TracesData.FromString(found[1]), request)


def tempo_json(request, answer):
    fields("answer", answer, ["trace", "metrics", "status", "message"])
    expect("status", (answer["status"], answer["message"]), ("PARTIAL", "a part is missing"))
    same_trace(json_format.ParseDict(answer["trace"], trace.TracesData()), request)


def tempo_json_v1(request, answer):
    fields("answer", answer, ["batches"])
    parsed = json_format.ParseDict({"resourceSpans": answer["batches"]}, trace.TracesData())
    same_trace(parsed, request)


def jaeger_v3(request, answer):
    fields("answer", answer, ["result"])
    listed = answer["result"]

    def base64_ids(value):
        if isinstance(value, list):
            return [base64_ids(item) for item in value]
        if not isinstance(value, dict):
            return value
        return {
            key: base64.b64encode(bytes.fromhex(item)).decode()
            if key in ("traceId", "spanId", "parentSpanId")
            else base64_ids(item)
            for key, item in value.items()
        }

    same_trace(json_format.ParseDict(base64_ids(listed), trace.TracesData()), request)


READERS = {
    "jaeger": lambda request, answer: jaeger(request, load(answer)),
    "jaeger-v3": lambda request, answer: jaeger_v3(request, load(answer)),
    "zipkin": lambda request, answer: zipkin(request, load(answer)),
    "tempo": tempo_protobuf,
    "tempo-json": lambda request, answer: tempo_json(request, load(answer)),
    "tempo-json-v1": lambda request, answer: tempo_json_v1(request, load(answer)),
}


def compare(line):
    reader, request, answer = line.rstrip("\n").split("\t")
    try:
        READERS[reader](trace.TracesData.FromString(bytes.fromhex(request)), bytes.fromhex(answer))
    except Difference as difference:
        return f"{reader}: {difference}".replace("\n", " ")
    except (KeyError, ValueError, IndexError, json_format.ParseError) as error:
        return f"{reader}: {type(error).__name__}: {error}".replace("\n", " ")
    return "ok"


if __name__ == "__main__":
    if sys.argv[1] == "compare":
        for line in sys.stdin:
            print(compare(line))
    elif sys.argv[1] != "check":
        sys.exit(2)
