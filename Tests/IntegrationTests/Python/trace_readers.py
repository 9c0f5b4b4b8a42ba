"""Reads a trace back in every form that the query API has, and compares it with what was sent.

Each reader takes the query API's address, the request that was sent and a trace id, and returns how many spans it
compared; a difference is an AssertionError that shows the first one.
"""

import json
import sys
from pathlib import Path

import requests as http
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format
from opentelemetry.proto.trace.v1 import trace_pb2 as trace

from otlp_values import flattened, from_json, one_trace

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "InteropTests" / "Readers"))

import readers_reference as reference  # noqa: E402

PROTOBUF = "application/protobuf"
JSON = "application/json"


def _get(query, path, accept):
    answer = http.get(f"http://{query}{path}", headers={"accept": accept}, timeout=20)
    assert answer.status_code == 200, f"{path} answered {answer.status_code}: {answer.text[:300]}"
    media_type = answer.headers.get("content-type", "").split(";")[0]
    assert media_type.endswith(accept.split("/")[1].removeprefix("x-")), f"{path} answered {media_type}"
    return answer


def _shown(one):
    return text_format.MessageToString(trace.ResourceSpans.FromString(one), as_one_line=True)[:600]


def _compare(found, data, trace_id):
    wanted = flattened(data, trace_id)
    found = flattened(found)
    missing, extra = wanted - found, found - wanted
    assert not missing and not extra, (
        f"{missing.total()} spans are missing or different, {extra.total()} were not sent:"
        + "".join(f"\n sent  {_shown(one)}" for one in list(missing)[:1])
        + "".join(f"\n found {_shown(one)}" for one in list(extra)[:1]))
    return wanted.total()


def waybill_protobuf(query, data, trace_id):
    answer = _get(query, f"/api/v1/traces/{trace_id.hex()}", "application/x-protobuf")
    return _compare(trace.TracesData.FromString(answer.content), data, trace_id)


def waybill_json(query, data, trace_id):
    answer = _get(query, f"/api/v1/traces/{trace_id.hex()}", JSON)
    return _compare(from_json(answer.text), data, trace_id)


def _tempo_response():
    """Tempo's TraceByIDResponse, whose Trace has the wire form of TracesData."""
    file = descriptor_pb2.FileDescriptorProto(name="tempo.proto", package="tempopb", syntax="proto3")
    message = file.message_type.add(name="TraceByIDResponse")
    kinds = descriptor_pb2.FieldDescriptorProto
    for number, (name, kind) in enumerate(
        [("trace", kinds.TYPE_BYTES), ("metrics", kinds.TYPE_BYTES), ("status", kinds.TYPE_INT32),
         ("message", kinds.TYPE_STRING)], start=1):
        message.field.add(name=name, number=number, type=kind, label=kinds.LABEL_OPTIONAL)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("tempopb.TraceByIDResponse"))


TraceByIDResponse = _tempo_response()


def tempo_v2(query, data, trace_id):
    response = TraceByIDResponse.FromString(_get(query, f"/tempo/api/v2/traces/{trace_id.hex()}", PROTOBUF).content)
    assert response.status == 0, f"status {response.status}: {response.message}"
    return _compare(trace.TracesData.FromString(response.trace), data, trace_id)


def tempo_v1(query, data, trace_id):
    answer = _get(query, f"/api/traces/{trace_id.hex()}", PROTOBUF)
    return _compare(trace.TracesData.FromString(answer.content), data, trace_id)


def jaeger_v3(query, data, trace_id):
    answer = json.loads(_get(query, f"/jaeger/api/v3/traces/{trace_id.hex()}", JSON).text)
    assert list(answer) == ["result"], f"{list(answer)}"
    return _compare(from_json(json.dumps(answer["result"])), data, trace_id)


def _referred(compare, path, media_type=JSON):
    """A form that the reference of the writers' own tests reads."""

    def read(query, data, trace_id):
        wanted = one_trace(data, trace_id)
        answer = _get(query, path + trace_id.hex(), media_type)
        try:
            compare(wanted, reference.load(answer.content))
        except (reference.Difference, KeyError, IndexError, ValueError) as difference:
            raise AssertionError(f"{type(difference).__name__}: {difference}") from difference
        return sum(1 for _ in reference.spans(wanted))

    return read


READERS = {
    "waybill-protobuf": waybill_protobuf,
    "waybill-json": waybill_json,
    "tempo-v2": tempo_v2,
    "tempo-v1": tempo_v1,
    "jaeger-v3": jaeger_v3,
    "jaeger": _referred(reference.jaeger, "/jaeger/api/traces/"),
    "zipkin": _referred(reference.zipkin, "/zipkin/api/v2/trace/"),
}
