"""Random requests in by one door, out by every reader, compared with an independent decoder's view of the input.

Arguments, as one JSON object: seed, requests, door, http (OTLP/HTTP address), grpc (OTLP/gRPC address),
query (address of the query API), readers. Prints {"spans": compared by reader, "differences": [...]}.
"""

import json
import sys

import requests as http

from otlp_values import random_requests, to_json, trace_ids
from trace_readers import READERS

PROTOBUF = {"content-type": "application/x-protobuf"}
JSON = {"content-type": "application/json"}


def send(door, data, arguments, number):
    if door == "otlp-grpc":
        import grpc

        channel = grpc.insecure_channel(arguments["grpc"])
        export = channel.unary_unary("/opentelemetry.proto.collector.trace.v1.TraceService/Export")
        reply = export(data.SerializeToString(), timeout=20)
        channel.close()
        return reply
    url = f"http://{arguments['http']}/v1/traces"
    if door == "otlp-http":
        reply = http.post(url, data=data.SerializeToString(), headers=PROTOBUF, timeout=20)
    elif door == "otlp-json":
        text = to_json(data, snake_case=number % 3 == 1, numbers=number % 3 == 2)
        reply = http.post(url, data=text.encode(), headers=JSON, timeout=20)
    else:
        raise ValueError(door)
    if reply.status_code != 200:
        raise AssertionError(f"{door} answered {reply.status_code}: {reply.text[:500]}")
    return reply.content


def main():
    arguments = json.loads(sys.argv[1])
    differences = []
    compared = {reader: 0 for reader in arguments["readers"]}
    for number, data in enumerate(random_requests(arguments["seed"], arguments["requests"])):
        reply = send(arguments["door"], data, arguments, number)
        if reply not in (b"", b"{}"):
            differences.append(f"request {number}: a full success is an empty answer, not {reply!r}")
        for trace_id in trace_ids(data):
            for reader in arguments["readers"]:
                where = f"request {number}, trace {trace_id.hex()}, {arguments['door']} to {reader}"
                try:
                    compared[reader] += READERS[reader](arguments["query"], data, trace_id)
                except AssertionError as difference:
                    differences.append(f"{where}: {difference}"[:1500])
    print(json.dumps({"spans": compared, "differences": differences[:20], "count": len(differences)}))


main()
