"""gRPC calls of every kind from Google's client to Google's server, through whatever lies between them.

    grpc_through_proxies.py serve           prints the port it serves on
    grpc_through_proxies.py call HOST:PORT  prints one JSON object of what the calls brought
"""

import concurrent.futures
import json
import sys
import threading
import time

import grpc


class Service(grpc.GenericRpcHandler):
    cancelled = threading.Event()

    def service(self, details):
        method = details.method.rsplit("/", 1)[1]
        return {
            "Unary": grpc.unary_unary_rpc_method_handler(self.unary),
            "Fail": grpc.unary_unary_rpc_method_handler(self.fail),
            "Slow": grpc.unary_unary_rpc_method_handler(self.slow),
            "WasCancelled": grpc.unary_unary_rpc_method_handler(self.was_cancelled),
            "Count": grpc.unary_stream_rpc_method_handler(self.count),
            "Sum": grpc.stream_unary_rpc_method_handler(self.sum),
            "Echo": grpc.stream_stream_rpc_method_handler(self.echo),
            "Forever": grpc.unary_stream_rpc_method_handler(self.forever),
        }.get(method)

    def unary(self, request, context):
        context.send_initial_metadata((("x-seen", dict(context.invocation_metadata()).get("x-id", "")),))
        context.set_trailing_metadata((("x-trailer", "t"), ("x-bytes-bin", b"\x00\xff")))
        return request

    def fail(self, request, context):
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, "not enough: 5 % and ü")

    def slow(self, request, context):
        time.sleep(2)
        return request

    def count(self, request, context):
        for number in range(int(request)):
            yield b"%d" % number

    def sum(self, requests, context):
        return b"%d" % sum(len(request) for request in requests)

    def echo(self, requests, context):
        for request in requests:
            yield request

    def forever(self, request, context):
        context.add_callback(self.cancelled.set)
        while context.is_active():
            yield b"x"
            time.sleep(0.01)

    def was_cancelled(self, request, context):
        return b"yes" if self.cancelled.wait(5) else b"no"


def serve():
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(8))
    server.add_generic_rpc_handlers((Service(),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    server.wait_for_termination()


def call(target):
    answers = {}
    with grpc.insecure_channel(target) as channel:
        def path(method):
            return "/bank.Ledger/" + method

        unary = channel.unary_unary(path("Unary"))
        answer, made = unary.with_call(b"hello", metadata=(("x-id", "7"),), timeout=20)
        answers["unary"] = answer.decode()
        answers["initial"] = dict(made.initial_metadata()).get("x-seen")
        trailing = dict(made.trailing_metadata())
        answers["trailing"] = trailing.get("x-trailer")
        answers["binary"] = trailing.get("x-bytes-bin", b"").hex()
        large = b"v" * 3_000_000
        answers["large"] = unary(large, timeout=20) == large
        answers["many"] = len({unary.future(b"%d" % i, timeout=20).result() for i in range(200)})
        futures = [unary.future(b"%d" % i, timeout=20) for i in range(200)]
        answers["at once"] = len({future.result() for future in futures})
        try:
            channel.unary_unary(path("Fail"))(b"", timeout=20)
        except grpc.RpcError as error:
            answers["fail"] = [error.code().name, error.details()]
        try:
            channel.unary_unary(path("Slow"))(b"", timeout=0.3)
        except grpc.RpcError as error:
            answers["deadline"] = error.code().name
        try:
            channel.unary_unary(path("Nothing"))(b"", timeout=20)
        except grpc.RpcError as error:
            answers["unknown"] = error.code().name
        answers["count"] = len(list(channel.unary_stream(path("Count"))(b"5000", timeout=20)))
        answers["sum"] = int(channel.stream_unary(path("Sum"))((b"x" * 1000 for _ in range(500)), timeout=20))

        # One message at a time: each answer must come before the next is asked.
        given = threading.Semaphore(1)

        def one_by_one():
            for number in range(50):
                given.acquire()
                yield b"%d" % number

        seen = []
        for answer in channel.stream_stream(path("Echo"))(one_by_one(), timeout=20):
            seen.append(int(answer))
            given.release()
        answers["echo"] = seen == list(range(50))
        stream = channel.unary_stream(path("Forever"))(b"", timeout=20)
        next(stream)
        stream.cancel()
        answers["cancelled"] = channel.unary_unary(path("WasCancelled"))(b"", timeout=20).decode()
        try:
            channel.unary_unary("/bank.Refused/Call")(b"", timeout=20)
        except grpc.RpcError as error:
            answers["refused"] = [error.code().name, error.details()]
    print(json.dumps(answers))


if sys.argv[1] == "serve":
    serve()
else:
    call(sys.argv[2])
