"""Two ledgers of Google's gRPC with health, and a client whose messages are made by Google's protobuf.

    grpc_ledger.py serve                       prints the ports of the two servers
    grpc_ledger.py post HOST:PORT COUNT SEED   posts messages with ids at 2.1.3; prints the ids and who answered
    grpc_ledger.py health PORT STATUS          sets what a server says of itself, past all proxies
    grpc_ledger.py who HOST:PORT COUNT         prints who answered so many calls, or the status
    grpc_ledger.py flaky HOST:PORT             calls that are unavailable twice, with and without their key
"""

import collections
import concurrent.futures
import json
import random
import sys
import uuid

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

FIELD = descriptor_pb2.FieldDescriptorProto


def messages():
    file = descriptor_pb2.FileDescriptorProto(name="ledger.proto", package="bank", syntax="proto3")

    def message(name, *fields):
        made = file.message_type.add(name=name)
        for number, field, kind, repeated in fields:
            one = made.field.add(name=field, number=number)
            one.label = FIELD.LABEL_REPEATED if repeated else FIELD.LABEL_OPTIONAL
            if isinstance(kind, str):
                one.type, one.type_name = FIELD.TYPE_MESSAGE, ".bank." + kind
            else:
                one.type = kind

    message("Amount", (1, "minor", FIELD.TYPE_SINT64, False), (2, "currency", FIELD.TYPE_STRING, False))
    message(
        "Instruction",
        (1, "amount", "Amount", False),
        (2, "sequence", FIELD.TYPE_INT64, False),
        (3, "uetr", FIELD.TYPE_STRING, False),
        (9, "rates", FIELD.TYPE_DOUBLE, True),
        (600, "note", FIELD.TYPE_STRING, True),
    )
    message(
        "Envelope",
        (1, "instruction", "Instruction", False),
        (2, "signature", FIELD.TYPE_BYTES, False),
        (3, "uetr", FIELD.TYPE_FIXED64, False),
    )
    message(
        "PostRequest",
        (1, "bank", FIELD.TYPE_STRING, False),
        (2, "envelope", "Envelope", False),
        (3, "other", "Envelope", True),
        (4, "hash", FIELD.TYPE_FIXED32, False),
        (5, "blob", FIELD.TYPE_BYTES, False),
    )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("bank.PostRequest"))


def random_request(kind, dice):
    request = kind()
    wanted = str(uuid.UUID(int=dice.getrandbits(128)))

    def fill(envelope, uetr):
        instruction = envelope.instruction
        if dice.random() < 0.7:
            instruction.amount.minor = dice.randrange(-(1 << 40), 1 << 40)
            instruction.amount.currency = "EUR"
        if dice.random() < 0.5:
            instruction.sequence = dice.randrange(-(1 << 63), 1 << 63)
        instruction.uetr = uetr
        instruction.rates.extend(dice.random() for _ in range(dice.randrange(4)))
        instruction.note.extend("n" * dice.randrange(200) for _ in range(dice.randrange(3)))
        if dice.random() < 0.5:
            envelope.signature = dice.randbytes(dice.randrange(400))
        if dice.random() < 0.5:
            envelope.uetr = dice.getrandbits(64)

    if dice.random() < 0.7:
        request.bank = "b" * dice.randrange(100)
    fill(request.envelope, wanted)
    for _ in range(dice.randrange(3)):
        fill(request.other.add(), "not this one")
    if dice.random() < 0.5:
        request.hash = dice.getrandbits(32)
    if dice.random() < 0.3:
        request.blob = dice.randbytes(dice.randrange(100_000))
    return wanted, request.SerializeToString()


class Ledger(grpc.GenericRpcHandler):
    # Of all servers together: a second attempt may go to the other one.
    seen = collections.Counter()

    def __init__(self, name):
        self.name = name
        self.health = 1

    def service(self, call):
        return {
            "/bank.Ledger/Post": grpc.unary_unary_rpc_method_handler(self.post),
            "/bank.Ledger/PostAll": grpc.stream_unary_rpc_method_handler(self.post_all),
            "/bank.Ledger/Flaky": grpc.unary_unary_rpc_method_handler(self.flaky),
            "/bank.Ledger/SetHealth": grpc.unary_unary_rpc_method_handler(self.set_health),
            "/grpc.health.v1.Health/Check": grpc.unary_unary_rpc_method_handler(self.check),
        }.get(call.method)

    def post(self, request, context):
        return self.name.encode()

    def post_all(self, requests, context):
        return b"%d" % sum(1 for _ in requests)

    def flaky(self, request, context):
        self.seen[request] += 1
        if self.seen[request] < 3:
            context.abort(grpc.StatusCode.UNAVAILABLE, "not now")
        return b"%d" % self.seen[request]

    def set_health(self, request, context):
        self.health = int(request)
        return b""

    def check(self, request, context):
        # HealthCheckRequest{service = 1}
        if request != b"\x0a\x0bbank.Ledger":
            context.abort(grpc.StatusCode.NOT_FOUND, "no such service")
        return bytes([8, self.health])


def serve():
    servers = []
    for name in ("a", "b"):
        server = grpc.server(concurrent.futures.ThreadPoolExecutor(8))
        server.add_generic_rpc_handlers((Ledger(name),))
        print(server.add_insecure_port("127.0.0.1:0"))
        server.start()
        servers.append(server)
    print("ready", flush=True)
    servers[0].wait_for_termination()


def post(target, count, seed):
    dice = random.Random(seed)
    kind = messages()
    ids, streamed, who = [], [], collections.Counter()
    with grpc.insecure_channel(target) as channel:
        call = channel.unary_unary("/bank.Ledger/Post")
        for number in range(count):
            wanted, request = random_request(kind, dice)
            how = [grpc.Compression.NoCompression, grpc.Compression.Gzip, grpc.Compression.Deflate][number % 3]
            who[call(request, timeout=20, compression=how).decode()] += 1
            ids.append(wanted)
        stream = channel.stream_unary("/bank.Ledger/PostAll")
        for _ in range(3):
            made = [random_request(kind, dice) for _ in range(4)]
            assert stream((request for _, request in made), timeout=20) == b"4"
            streamed.append(made[0][0])
    print(json.dumps({"ids": ids, "streamed": streamed, "who": sorted(who)}))


def health(port, status):
    with grpc.insecure_channel("127.0.0.1:" + port) as channel:
        channel.unary_unary("/bank.Ledger/SetHealth")(status.encode(), timeout=20)
    print("{}")


def who(target, count):
    names = collections.Counter()
    with grpc.insecure_channel(target) as channel:
        for _ in range(count):
            try:
                names[channel.unary_unary("/bank.Ledger/Post")(b"", timeout=20).decode()] += 1
            except grpc.RpcError as error:
                names[error.code().name + ": " + error.details()] += 1
    print(json.dumps({"who": dict(names)}))


def flaky(target):
    with grpc.insecure_channel(target) as channel:
        call = channel.unary_unary("/bank.Ledger/Flaky")
        answers = {"kept": call(b"kept", metadata=(("idempotency-key", "k"),), timeout=20).decode()}
        try:
            call(b"bare", timeout=20)
        except grpc.RpcError as error:
            answers["bare"] = [error.code().name, error.details()]
    print(json.dumps(answers))


if sys.argv[1] == "serve":
    serve()
elif sys.argv[1] == "post":
    post(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
elif sys.argv[1] == "health":
    health(sys.argv[2], sys.argv[3])
elif sys.argv[1] == "who":
    who(sys.argv[2], int(sys.argv[3]))
else:
    flaky(sys.argv[2])
