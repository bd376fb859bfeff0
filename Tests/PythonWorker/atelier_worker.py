#!/usr/bin/env python3
"""A second implementation of an Atelier worker, written from protocols/SPECIFICATION.md.

It joins by key, executes tasks that only wait, sends what they produce, and outlives restarts of the coordinator.
It exists to hold the document against something that shares no code with the Swift worker; it does not render.

    atelier_worker.py --join join.json --state folder --name py-1 [--slots 2] [--features returns,...]

Needs pyzmq with CURVE, protobuf, and protoc to compile the message definitions.
"""
import argparse
import hashlib
import hmac
import importlib
import json
import os
import pathlib
import random
import secrets
import signal
import struct
import subprocess
import sys
import tempfile
import time

import zmq
from zmq.utils import z85

PROTOCOLS = pathlib.Path(__file__).resolve().parents[2] / "protocols"
SIGNATURE, MAJOR = b"\xaa\xf5", 1
CHUNK = 262_144
COMMANDS = dict(
    HELLO=0x01, WELCOME=0x02, REFUSE=0x03, INVENTORY=0x04, RECONCILE=0x05, READY=0x06, OFFER=0x07, ACCEPT=0x08,
    DECLINE=0x09, PROGRESS=0x0A, PING=0x0B, PONG=0x0C, REVOKE=0x0D, REVOKED=0x0E, RESULT=0x11, RESULT_OK=0x12,
    DRAIN=0x14, BYE=0x15, ERROR=0x16, NEED_BLOBS=0x17, RETURNED=0x18, PUT=0x20, HAVE=0x21, GO=0x22, CHUNK=0x23, CREDIT=0x24,
    PUT_OK=0x25, ABORT=0x28, ENROL=0x60, ENROLLED=0x61)
NAMES = {code: name for name, code in COMMANDS.items()}


def log(*words):
    print(*words, file=sys.stderr, flush=True)


def compile_messages():
    """Compiles the .proto files and returns the generated modules."""
    folder = tempfile.mkdtemp(prefix="atelier-proto-")
    files = sorted(str(path) for path in (PROTOCOLS / "atelier" / "v1").glob("*.proto"))
    subprocess.run(["protoc", f"--proto_path={PROTOCOLS}", f"--python_out={folder}", *files], check=True)
    sys.path.insert(0, folder)
    return [importlib.import_module(f"atelier.v1.{name}_pb2") for name in ("common", "worker", "result", "blob", "enrol")]


common, worker_pb, result_pb, blob_pb, enrol_pb = compile_messages()


class Malformed(Exception):
    pass


def encode(command, session, sequence, body, ignorable=False):
    """One frame: 24 octets of header and the body (section 3)."""
    return SIGNATURE + struct.pack(">BBHHQQ", MAJOR, COMMANDS[command], int(ignorable), 0, session, sequence) + body


def decode(frame):
    """Command name, session, sequence number and body of a frame; None for one that is to be skipped."""
    if frame[:2] != SIGNATURE:
        return None
    if len(frame) < 24:
        raise Malformed("no whole header")
    major, code, flags, reserved, session, sequence = struct.unpack(">BBHHQQ", frame[2:24])
    if major != MAJOR or flags & ~1 or reserved:
        raise Malformed("header")
    if code not in NAMES:
        return None
    return NAMES[code], session, sequence, frame[24:]


def secret_json(path):
    """Reads a JSON file that nobody else may read."""
    if os.stat(path).st_mode & 0o077:
        raise SystemExit(f"others can read {path}: chmod 600 {path}")
    with open(path) as file:
        return json.load(file)


def write_secret(path, value):
    descriptor = os.open(str(path) + ".part", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(value, file)
        file.flush()
        os.fsync(file.fileno())
    os.rename(str(path) + ".part", path)


class Line:
    """One DEALER connection, with sequence numbers per direction and session."""

    def __init__(self, context, endpoint, keys, server):
        self.socket = context.socket(zmq.DEALER)
        for option, value in (
            (zmq.LINGER, 0), (zmq.IMMEDIATE, 1), (zmq.RECONNECT_IVL, 250), (zmq.RECONNECT_IVL_MAX, 10_000),
            (zmq.HEARTBEAT_IVL, 5_000), (zmq.HEARTBEAT_TIMEOUT, 20_000), (zmq.HEARTBEAT_TTL, 20_000)):
            self.socket.setsockopt(option, value)
        self.socket.curve_publickey, self.socket.curve_secretkey = (key.encode() for key in keys)
        self.socket.curve_serverkey = server.encode()
        # A connection that comes back by itself would be the old socket with a new session.
        self.monitor = self.socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        self.socket.connect(endpoint)
        self.sent, self.heard = {}, {}
        # Frames for a connection that is not up yet: a few, in order.
        self.pending = []

    def send(self, command, body=b"", session=0, ignorable=False):
        number = self.sent[session] = self.sent.get(session, 0) + 1
        if len(self.pending) < 64:
            self.pending.append(encode(command, session, number, body, ignorable))
        self.flush()

    def flush(self):
        """Sends what the connection takes; what does not fit is repeated, if it matters."""
        while self.pending:
            try:
                self.socket.send(self.pending[0], zmq.DONTWAIT)
            except zmq.Again:
                return
            self.pending.pop(0)

    def receive(self):
        """The next frame without waiting; None if there is none."""
        while True:
            try:
                parts = self.socket.recv_multipart(zmq.DONTWAIT)
            except zmq.Again:
                return None
            if len(parts) != 1:
                raise Malformed("more than one frame")
            frame = decode(parts[0])
            if frame is None:
                continue
            name, session, sequence, body = frame
            if sequence <= self.heard.get(session, 0):
                continue
            self.heard[session] = sequence
            return name, session, body

    def is_lost(self):
        return self.monitor.poll(0) != 0

    def close(self):
        self.socket.disable_monitor()
        self.socket.close()


def enrol(context, join, name, state):
    """Section 8: the key is made and kept first, so that the question may be asked again."""
    pending = state / "joining.json"
    if pending.exists():
        keys = secret_json(pending)["keys"]
    else:
        keys = [key.decode() for key in zmq.curve_keypair()]
        write_secret(pending, {"keys": keys})
    line = Line(context, join["enrol"], keys, join["server"])
    key, server, nonce = z85.decode(keys[0].encode()), z85.decode(join["server"].encode()), secrets.token_bytes(32)
    text = b"atelier enrol 1\0" + server + key + nonce + name.encode()
    request = enrol_pb.Enrol(
        token=bytes.fromhex(join["token"]), key=key, name=name, nonce=nonce,
        proof=hmac.new(bytes.fromhex(join["secret"]), text, hashlib.sha256).digest())
    deadline, last = time.monotonic() + 15, 0
    while time.monotonic() < deadline:
        if time.monotonic() - last > 1:
            line.send("ENROL", request.SerializeToString())
            last = time.monotonic()
        line.socket.poll(100)
        line.flush()
        answer = line.receive()
        if answer is None:
            continue
        if answer[0] == "REFUSE":
            raise SystemExit("refused: " + common.Refuse.FromString(answer[2]).detail)
        enrolled = enrol_pb.Enrolled.FromString(answer[2])
        access = {"control": join["control"], "server": join["server"], "name": enrolled.name, "keys": keys}
        write_secret(state / "access.json", access)
        line.close()
        return access
    raise SystemExit(f"no answer from {join['enrol']}; is the coordinator running, and is the join file its own?")


class Attempt:
    def __init__(self, wire, milliseconds, label):
        self.wire, self.label = wire, label
        self.key = (wire.job, wire.task, wire.attempt)
        self.end = time.monotonic() + milliseconds / 1000
        self.milliseconds = milliseconds


class Entry:
    """A finished attempt that waits for RESULT-OK; its file lies in the outbox folder."""

    def __init__(self, folder, wire, name, milliseconds):
        self.wire, self.name, self.milliseconds = wire, name, milliseconds
        self.key = (wire.job, wire.task, wire.attempt)
        self.path = folder / name
        self.content = self.path.read_bytes()
        self.digest = hashlib.sha256(self.content).digest()
        self.is_stored, self.next_report, self.pause = False, 0, 2
        self.transfer, self.credit, self.offset = None, 0, 0

    def report(self):
        success = result_pb.Success(wall_ms=self.milliseconds)
        success.artifacts.add(
            name=self.name, kind=result_pb.Artifact.KIND_FILE, byte_count=len(self.content), digest=self.digest)
        return worker_pb.Result(attempt=self.wire, success=success).SerializeToString()


class Worker:
    def __init__(self, context, access, state, slots, features):
        self.context, self.access, self.state, self.slots = context, access, state, slots
        # Optional parts to offer, and those that the coordinator has accepted (section 5.1).
        self.words, self.features = sorted(features), set()
        self.instance = secrets.token_bytes(16)
        self.running, self.outbox = {}, {}
        # Attempts given back unfinished, until RESULT-OK.
        self.returning = {}
        self.control = self.blobs = self.session = None
        self.transfers, self.tries, self.is_draining = 0, 0, False
        self.folder = state / "outbox"
        self.folder.mkdir(exist_ok=True)
        for path in sorted(self.folder.glob("*.json")):
            saved = json.loads(path.read_text())
            wire = common.TaskAttempt(job=saved["job"], task=saved["task"], attempt=saved["attempt"])
            entry = Entry(self.folder / saved["folder"], wire, saved["name"], saved["wall"])
            self.outbox[entry.key] = entry

    # Sessions (section 5).

    def connect(self):
        self.control = Line(self.context, self.access["control"], self.access["keys"], self.access["server"])
        self.session, self.active = 0, False
        hello = worker_pb.Hello(
            worker=self.access["name"], instance=self.instance, host="python", slots=self.slots, backend="none",
            engine="python", features=self.words)
        self.control.send("HELLO", hello.SerializeToString())
        self.heard = self.said = time.monotonic()
        self.lost = 20

    def leave(self):
        for line in (self.control, self.blobs):
            if line:
                line.close()
        self.control = self.blobs = None
        for entry in self.outbox.values():
            entry.transfer, entry.is_stored, entry.next_report, entry.pause = None, False, 0, 2

    def run(self):
        while not (self.is_draining and not self.running and not self.outbox and not self.returning):
            if self.control is None:
                # Full jitter, doubled each time, up to 30 s.
                time.sleep(random.uniform(0, min(30, 0.25 * 2 ** self.tries)))
                self.tries += 1
                self.connect()
            try:
                self.turn()
            except (Malformed, zmq.ZMQError) as error:
                log("line lost:", error)
                self.leave()
        if self.control and self.session:
            self.say("BYE", common.Bye(reason="drained"))
            time.sleep(0.2)
        self.leave()

    def turn(self):
        poller = zmq.Poller()
        for line in (self.control, self.blobs):
            if line:
                poller.register(line.socket, zmq.POLLIN)
        poller.poll(20)
        for line in (self.control, self.blobs):
            if line and line.is_lost():
                raise Malformed("the connection ended")
            if line:
                line.flush()
        while self.control and (frame := self.control.receive()):
            self.heard = time.monotonic()
            self.handle(*frame)
        while self.blobs and (frame := self.blobs.receive()):
            self.handle_blob(*frame)
        now = time.monotonic()
        for attempt in [one for one in self.running.values() if one.end <= now]:
            self.finish(attempt)
        if self.control is None:
            return
        if now - self.heard > self.lost:
            log("the coordinator is silent")
            self.leave()
        elif self.active:
            if now - self.said >= self.heartbeat:
                self.ping()
            self.deliver(now)

    def say(self, command, message):
        self.control.send(command, message.SerializeToString(), self.session)

    def ready(self):
        free = 0 if self.is_draining else self.slots - len(self.running)
        self.say("READY", worker_pb.Ready(free=free))

    def ping(self):
        self.said = time.monotonic()
        ping = worker_pb.Ping()
        ping.attempts.extend(one.wire for one in self.running.values())
        ping.attempts.extend(self.returning.values())
        ping.attempts.extend(entry.wire for entry in list(self.outbox.values())[: 512 - len(ping.attempts)])
        self.say("PING", ping)
        for wire in self.returning.values():
            self.say("RETURNED", worker_pb.Returned(attempt=wire, reason="paused"))

    def handle(self, command, session, body):
        if command == "WELCOME":
            welcome = worker_pb.Welcome.FromString(body)
            self.session, self.heartbeat = welcome.session, welcome.heartbeat_ms / 1000
            self.lost = max(20, 4 * self.heartbeat)
            self.features = set(welcome.features)
            if not self.features <= set(self.words):
                raise Malformed("features that were not offered")
            if "returns" not in self.features:
                self.returning.clear()
            if self.blobs:
                self.blobs.close()
            self.blobs = Line(self.context, welcome.blob_endpoint, self.access["keys"], self.access["server"])
            inventory = worker_pb.Inventory(more=False)
            inventory.held.extend(one.wire for one in self.running.values())
            owed = self.returning | {key: entry.wire for key, entry in self.outbox.items()}
            inventory.outbox.extend(list(owed.values())[:1024])
            self.say("INVENTORY", inventory)
            self.awaiting = set(self.running) | set(list(owed)[:1024])
            log("session", welcome.session, "epoch", welcome.epoch, "features", ",".join(sorted(self.features)) or "none")
            return
        if command == "REFUSE":
            refuse = common.Refuse.FromString(body)
            if refuse.retry_after_ms == 0:
                raise SystemExit(f"refused for good: reason {refuse.reason} {refuse.detail}")
            time.sleep(refuse.retry_after_ms / 1000)
            return self.leave()
        if session != self.session:
            return  # About another state of things.
        if command == "RECONCILE":
            for item in worker_pb.Reconcile.FromString(body).items:
                key = (item.attempt.job, item.attempt.task, item.attempt.attempt)
                self.awaiting.discard(key)
                if item.verdict == worker_pb.Reconcile.VERDICT_ABANDON:
                    self.running.pop(key, None)
                    self.forget(key)
            if not self.awaiting:
                self.activate()
        elif command == "OFFER":
            self.offered(worker_pb.Offer.FromString(body))
        elif command == "PONG":
            for wire in worker_pb.Pong.FromString(body).ended:
                self.running.pop((wire.job, wire.task, wire.attempt), None)
            self.ready()
        elif command == "REVOKE":
            self.revoked(worker_pb.Revoke.FromString(body))
        elif command == "RESULT_OK":
            wire = worker_pb.ResultOK.FromString(body).attempt
            self.returning.pop((wire.job, wire.task, wire.attempt), None)
            self.forget((wire.job, wire.task, wire.attempt))
        elif command == "NEED_BLOBS":
            wire = worker_pb.NeedBlobs.FromString(body).attempt
            if entry := self.outbox.get((wire.job, wire.task, wire.attempt)):
                entry.is_stored, entry.transfer = False, None
        elif command == "DRAIN":
            self.is_draining = True
            self.ready()
        elif command == "BYE":
            log("bye:", common.Bye.FromString(body).reason)
            self.leave()
        elif command == "ERROR":
            report = common.ErrorReport.FromString(body)
            log("error:", report.detail)
            if report.fatal:
                self.leave()

    def activate(self):
        self.active, self.tries = True, 0
        self.ready()
        self.ping()

    # Tasks (section 6).

    def offered(self, offer):
        key = (offer.attempt.job, offer.attempt.task, offer.attempt.attempt)
        if key in self.running or key in self.outbox:
            return self.say("ACCEPT", worker_pb.Accept(attempt=offer.attempt))
        if offer.action != common.TASK_ACTION_NOOP or self.is_draining or len(self.running) >= self.slots:
            return self.say("DECLINE", worker_pb.Decline(attempt=offer.attempt, reason="this worker only waits"))
        settings = {setting.name: setting.value for setting in offer.settings}
        milliseconds = settings["milliseconds"].integer if "milliseconds" in settings else 0
        self.running[key] = Attempt(offer.attempt, milliseconds, offer.label)
        self.say("ACCEPT", worker_pb.Accept(attempt=offer.attempt))

    def revoked(self, revoke):
        wire = revoke.attempt
        key = (wire.job, wire.task, wire.attempt)
        may_return = revoke.reason in (worker_pb.Revoke.REASON_PAUSED, worker_pb.Revoke.REASON_PREEMPTED)
        if may_return and "returns" in self.features and (key in self.running or key in self.returning):
            # There is nothing to store: waiting begins anew.
            self.running.pop(key, None)
            self.returning[key] = wire
            self.say("RETURNED", worker_pb.Returned(attempt=wire, reason="paused"))
            log("returned", *key)
        else:
            self.running.pop(key, None)
            self.say("REVOKED", worker_pb.Revoked(attempt=wire))
        self.ready()

    def finish(self, attempt):
        """Durable before visible: the file and its entry are on the disk before the report leaves."""
        del self.running[attempt.key]
        name = f"{attempt.label}.txt"
        stem = "-".join(map(str, attempt.key))
        (self.folder / stem).mkdir(exist_ok=True)
        content = f"waited {attempt.milliseconds} ms\n".encode() + bytes(attempt.wire.task % 251 for _ in range(CHUNK))
        with open(self.folder / stem / name, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        saved = dict(
            job=attempt.wire.job, task=attempt.wire.task, attempt=attempt.wire.attempt, name=name,
            wall=attempt.milliseconds, folder=stem)
        write_secret(self.folder / f"{stem}.json", saved)
        entry = Entry(self.folder / stem, attempt.wire, name, attempt.milliseconds)
        self.outbox[entry.key] = entry
        if self.control and self.active:
            self.ready()

    def forget(self, key):
        if entry := self.outbox.pop(key, None):
            stem = "-".join(map(str, key))
            (self.folder / f"{stem}.json").unlink(missing_ok=True)
            entry.path.unlink(missing_ok=True)
            entry.path.parent.rmdir()

    def deliver(self, now):
        """Blobs first, four at a time, then the report until RESULT-OK."""
        active = sum(entry.transfer is not None for entry in self.outbox.values())
        for entry in list(self.outbox.values()):
            if entry.is_stored:
                if now >= entry.next_report:
                    self.control.send("RESULT", entry.report(), self.session)
                    entry.next_report, entry.pause = now + entry.pause, min(60, entry.pause * 2)
            elif entry.transfer is None and active < 4:
                active += 1
                self.transfers += 1
                entry.transfer, entry.credit, entry.offset = self.transfers, 0, 0
                put = blob_pb.BlobPut(transfer=entry.transfer, digest=entry.digest, size=len(entry.content))
                self.blobs.send("PUT", put.SerializeToString(), self.session)
                entry.asked = now
            elif entry.transfer is not None and now - entry.asked > 5:
                entry.transfer = None

    def handle_blob(self, command, session, body):
        if session != self.session:
            return
        kinds = {
            "HAVE": blob_pb.BlobHave, "GO": blob_pb.BlobGo, "CREDIT": blob_pb.BlobCredit, "PUT_OK": blob_pb.BlobPutOK,
            "ABORT": blob_pb.BlobAbort}
        if command not in kinds:
            return
        message = kinds[command].FromString(body)
        entry = next((one for one in self.outbox.values() if one.transfer == message.transfer), None)
        if entry is None:
            return
        entry.asked = time.monotonic()
        if command in ("HAVE", "PUT_OK"):
            entry.is_stored, entry.transfer = True, None
        elif command == "ABORT":
            entry.transfer = None
        else:
            if command == "GO":
                entry.offset, entry.credit = message.offset, message.credit
            else:
                entry.credit = max(entry.credit, message.total)
            while entry.offset < min(entry.credit, len(entry.content)):
                part = entry.content[entry.offset : min(entry.offset + CHUNK, entry.credit)]
                chunk = struct.pack(">QQI", entry.transfer, entry.offset, len(part)) + part
                self.blobs.send("CHUNK", chunk, self.session)
                entry.offset += len(part)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--join")
    parser.add_argument("--state", required=True)
    parser.add_argument("--name", default="python")
    parser.add_argument("--slots", type=int, default=2)
    parser.add_argument("--features", default="", help="words for HELLO, with commas between them")
    arguments = parser.parse_args()
    state = pathlib.Path(arguments.state)
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    context = zmq.Context()
    if (state / "access.json").exists():
        access = secret_json(state / "access.json")
    elif arguments.join:
        access = enrol(context, secret_json(arguments.join), arguments.name, state)
    else:
        raise SystemExit("this node has joined no farm: give --join")
    features = {word for word in arguments.features.split(",") if word}
    worker = Worker(context, access, state, arguments.slots, features)

    def drain(*_):
        worker.is_draining = True
        if worker.control and worker.session and worker.active:
            worker.ready()

    signal.signal(signal.SIGTERM, drain)
    # Whoever started this may have blocked the signal, and the mask is inherited.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    worker.run()
    context.term()


if __name__ == "__main__":
    main()
