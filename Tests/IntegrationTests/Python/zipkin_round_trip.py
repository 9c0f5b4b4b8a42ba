"""Random Zipkin v2 spans in, read back as Zipkin and as OTLP and compared; prints what differs as JSON.

Arguments, as one JSON object: seed, traces, http (the address of the door), query (of the query API).
"""

import json
import random
import sys

import requests as http
from opentelemetry.proto.trace.v1 import trace_pb2 as trace

KINDS = {"CLIENT": 3, "SERVER": 2, "PRODUCER": 4, "CONSUMER": 5, None: 0}
arguments = json.loads(sys.argv[1])
rng = random.Random(arguments["seed"])
NOW = 1_795_400_000_000_000


def endpoint(name):
    one = {"serviceName": name}
    if rng.random() < 0.5:
        one["ipv4"] = f"10.0.0.{rng.randrange(256)}"
    if rng.random() < 0.3:
        one["ipv6"] = f"2001:db8::{rng.randrange(1, 65536):x}"
    if rng.random() < 0.5:
        one["port"] = rng.randrange(1, 65536)
    return one


def span(trace_id, parent):
    one = {"traceId": trace_id, "id": f"{rng.getrandbits(64) | 1:016x}",
           "name": rng.choice(["get /payments", "book", "zürich"]),
           "timestamp": NOW + rng.randrange(10**9), "duration": rng.randrange(1, 10**7),
           "localEndpoint": endpoint(rng.choice(["gateway", "ledger", "fraud"]))}
    kind = rng.choice(list(KINDS))
    if kind:
        one["kind"] = kind
    if parent:
        one["parentId"] = parent
    if rng.random() < 0.5:
        one["remoteEndpoint"] = endpoint(rng.choice(["card network", "auth"]))
    one["tags"] = {f"key.{n}": rng.choice(["", "a", "1", "true", "Zürich 🏦", "x" * 300]) for n in range(rng.randrange(6))}
    if rng.random() < 0.3:
        one["tags"]["payment.id"] = f"Z-{trace_id[:6]}"
    if rng.random() < 0.3:
        one["annotations"] = sorted(
            ({"timestamp": NOW + rng.randrange(10**9), "value": f"event {n}"} for n in range(rng.randrange(1, 4))),
            key=lambda one: one["timestamp"])
    return one


def one_trace():
    trace_id = f"{rng.getrandbits(128) | 1 << 127:032x}" if rng.random() < 0.7 else f"{rng.getrandbits(64) | 1 << 63:016x}"
    spans = []
    for _ in range(rng.randrange(1, 12)):
        parent = rng.choice(spans)["id"] if spans else None
        spans.append(span(trace_id, parent))
        if spans[-1].get("kind") == "CLIENT" and rng.random() < 0.3:
            # The server's half under the client's id, as B3 does by default.
            shared = span(trace_id, spans[-1].get("parentId"))
            shared.update(id=spans[-1]["id"], kind="SERVER", shared=True)
            spans.append(shared)
    return trace_id, spans


def plain(one):
    """Without what an empty form may leave out."""
    return {key: value for key, value in one.items() if value not in ({}, [], None)}


def key(one):
    return one["id"], one.get("kind", ""), one["timestamp"]


def compare(trace_id, sent):
    answer = http.get(f"http://{arguments['query']}/zipkin/api/v2/trace/{trace_id}", timeout=20)
    if answer.status_code != 200:
        return f"Zipkin reads: {answer.status_code} {answer.text[:200]}"
    found = sorted(map(plain, answer.json()), key=key)
    wanted = sorted(({**plain(one), "traceId": trace_id.zfill(32)} for one in sent), key=key)
    for one in found:
        one["traceId"] = one["traceId"].zfill(32)
    if len(found) != len(wanted):
        return f"Zipkin reads {len(found)} spans instead of {len(wanted)}"
    for one, other in zip(found, wanted):
        if one != other:
            return f"Zipkin reads {json.dumps(one)} instead of {json.dumps(other)}"
    answer = http.get(f"http://{arguments['query']}/api/v1/traces/{trace_id.zfill(32)}",
                      headers={"accept": "application/x-protobuf"}, timeout=20)
    if answer.status_code != 200:
        return f"OTLP reads: {answer.status_code} {answer.text[:200]}"
    found = []
    for resource_spans in trace.TracesData.FromString(answer.content).resource_spans:
        service = {one.key: one.value.string_value for one in resource_spans.resource.attributes}.get("service.name")
        for scope_spans in resource_spans.scope_spans:
            for one in scope_spans.spans:
                attributes = {item.key: item.value.string_value for item in one.attributes}
                found.append((one.span_id.hex(), one.parent_span_id.hex(), one.kind, one.name, service,
                              one.start_time_unix_nano, one.end_time_unix_nano,
                              tuple(sorted((k, v) for k, v in attributes.items() if k in TAGS)),
                              tuple((event.time_unix_nano, event.name) for event in one.events)))
    wanted = [(one["id"], one.get("parentId", ""), KINDS[one.get("kind")], one["name"],
               one["localEndpoint"]["serviceName"], one["timestamp"] * 1000,
               (one["timestamp"] + one["duration"]) * 1000, tuple(sorted(one["tags"].items())),
               tuple((event["timestamp"] * 1000, event["value"]) for event in one.get("annotations", [])))
              for one in sent]
    difference = set(wanted) ^ set(found)
    return f"OTLP differs: {sorted(map(str, difference))[:2]}" if difference else None


TAGS = {f"key.{n}" for n in range(6)} | {"payment.id"}
traces = [one_trace() for _ in range(arguments["traces"])]
differences = []
for trace_id, spans in traces:
    answer = http.post(f"http://{arguments['http']}/api/v2/spans", json=spans, timeout=20)
    if answer.status_code != 202 or answer.content:
        differences.append(f"a success is 202 and nothing, not {answer.status_code} {answer.text[:200]}")
for trace_id, spans in traces:
    difference = compare(trace_id, spans)
    if difference:
        differences.append(difference[:1500])
print(json.dumps({"spans": sum(len(spans) for _, spans in traces), "differences": differences[:10],
                  "count": len(differences)}))
