#!/usr/bin/env python3
"""Firmware for seabus, of Python's standard library alone: a HEST, status blocks, read-ack registers, EL3.

It knows its neighbours by HARDWARE_URL and HOST_KERNEL_URL, and speaks HTTP as /openapi.json of our firmware has it.
"""
import base64
import hashlib
import json
import os
import re
import struct
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NEIGHBOURS = {
    "hardware": os.environ.get("HARDWARE_URL", "http://127.0.0.1:7001"),
    "host-kernel": os.environ.get("HOST_KERNEL_URL", "http://127.0.0.1:7003"),
}
# Memory shared with the OS, outside of its RAM. Each source has a page: pointer cell, read-ack register, status block.
BASE, SIZE, PAGE = 0x3F000000, 0x100000, 0x1000
READ_ACK, BLOCK, BLOCK_LENGTH = 0x08, 0x40, 0xC00
# Name, number of ACPI 6.5 18.3.2.9, vector, type of source (9 GHES, 10 GHESv2); the source id is the place in the list.
SOURCES = [
    ("SEA", 8, 0, 10),
    ("POLLED", 0, 0, 10),
    ("EXTERNAL", 1, 232, 10),
    ("GSIV", 10, 233, 10),
    ("POLLED", 0, 0, 9),
    ("SEI", 9, 0, 10),
    ("SDEI", 11, 804, 10),
]
POLL_MS = 1000
KINDS = ("SEA", "SError", "stage-2-fault")
SEVERITY = {"recoverable": 0, "fatal": 1, "corrected": 2, "none": 3}
PLATFORM_MEMORY = bytes.fromhex("1411bca5646fde4eb8633e83ed7c83b1")
PROCESSOR_ARM = bytes.fromhex("163d9ee111bce411 9caac2051d5d46b0")
CACHE_KINDS = {"cache": 1 << 1, "tlb": 1 << 2, "bus": 1 << 3}


class Refusal(Exception):
    """A problem (RFC 9457)."""

    def __init__(self, status, code, detail, field=None):
        super().__init__(detail)
        self.status = status
        self.problem = {"type": f"/docs/problems#{code}", "code": code, "title": code, "status": status, "detail": detail}
        if field:
            self.problem["field"] = field


def call(layer, method, path, body, key):
    """A request to a neighbour, repeated with the same key until it is answered or refused for good."""
    headers = {"content-type": "application/json", "idempotency-key": key, "ce-causationid": key.rsplit(".", 1)[0]}
    if os.environ.get("SEABUS_TOKEN"):
        headers["authorization"] = "Bearer " + os.environ["SEABUS_TOKEN"]
    pause = 0.05
    while True:
        request = urllib.request.Request(
            NEIGHBOURS[layer] + path, json.dumps(body).encode(), headers, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return json.loads(response.read() or b"{}")
        except urllib.error.HTTPError as error:
            if error.code < 500 and error.code not in (408, 425, 429) or error.code == 501:
                print(f"{layer} refuses {method} {path}: {error.read().decode(errors='replace')[:400]}", file=sys.stderr)
                return None
        except (urllib.error.URLError, OSError) as error:
            print(f"{layer} does not answer, again in {pause} s: {error}", file=sys.stderr)
        time.sleep(pause)
        pause = min(2 * pause, 2)


def gas(address):
    """Generic Address Structure of a 64-bit cell in system memory. ACPI 6.5, 5.2.3.2."""
    return struct.pack("<BBBBQ", 0, 64, 0, 4, address)


def hest():
    """ACPI 6.5, 18.3.2.7 and 18.3.2.8."""
    sources = b""
    for index, (_, notify, vector, kind) in enumerate(SOURCES):
        page = BASE + PAGE * (index + 1)
        sources += struct.pack("<HHHBBIII", kind, index, 0xFFFF, 0, 1, 1, 1, BLOCK_LENGTH) + gas(page)
        sources += struct.pack("<BBHIIIIII", notify, 28, 0, POLL_MS if notify == 0 else 0, vector, 0, 0, 0, 0)
        sources += struct.pack("<I", BLOCK_LENGTH)
        if kind == 10:
            sources += gas(page + READ_ACK) + struct.pack("<QQ", 0xFFFFFFFFFFFFFFFE, 1)
    header = b"HEST" + struct.pack("<IBB", 40 + len(sources), 1, 0) + b"PYTHON" + b"FIRMWARE" + struct.pack("<I4sI", 1, b"PYFW", 1)
    table = bytearray(header + struct.pack("<I", len(SOURCES)) + sources)
    table[9] = -sum(table) & 0xFF
    return bytes(table)


def status_block(record):
    """Generic Error Status Block with one section. ACPI 6.5, 18.3.2.7.1; UEFI 2.10, N.2.5 and N.2.4.4."""
    address = int(record["hostPhysical"], 16) if "hostPhysical" in record else None
    severity = SEVERITY[record["severity"]]
    corrected = record["severity"] in ("corrected", "none")
    if record["kind"] == "memory":
        valid = 1 << 14 | (0b110 if address is not None else 0)
        section = struct.pack("<QQQQ", valid, 0, address or 0, 0xFFFFFFFFFFFFF000 if address is not None else 0)
        section += bytes(40) + struct.pack("<B", 2 if corrected else 3)
        section, kind = section.ljust(80, b"\0"), PLATFORM_MEMORY
    else:
        valid = 0b00011 if address is None else 0b10011
        error = struct.pack("<BBHBHBQQQ", 0, 32, valid, CACHE_KINDS[record["kind"]], 0, 3, 0, 0, address or 0)
        section, kind = struct.pack("<IHHIB3xQQII", 0b100, 1, 0, 40 + len(error), 0, 0, 0x414FD0C1, 1, 0) + error, PROCESSOR_ARM
    entry = kind + struct.pack("<IHBBI", severity, 0x300, 0, 0, len(section)) + bytes(16 + 20 + 8) + section
    return struct.pack("<IIIII", (1 << 4) | (2 if corrected else 1), 0, 0, len(entry), severity) + entry


def bits(value, high, low):
    return value >> low & (1 << high - low + 1) - 1


def uncontainable(taken):
    """As TF-A 2.12: SET UC with FSC 0x10, or an SError of the architected kind with AET UC."""
    esr = int(taken["esr"], 16)
    if taken["exception"] == "SEA":
        return bits(esr, 12, 11) == 2 and bits(esr, 5, 0) == 0x10
    return not bits(esr, 24, 24) and bits(esr, 5, 0) == 0x11 and bits(esr, 12, 10) == 0


def syndrome(taken, told_as):
    """ESR_EL2 and FAR_EL2 of a delegated exception. Arm DDI 0487, ESR_ELx: copied, unless it is told as the other kind."""
    esr, lower, access = int(taken["esr"], 16), taken["interrupted"]["el"] < 2, taken["interrupted"]["access"]
    if told_as == "SEI":
        aet = {0: 3, 2: 0, 3: 2}.get(bits(esr, 12, 11), 0)
        return {"esr": hex(esr if taken["exception"] == "SError" else 0x2F << 26 | 1 << 25 | aet << 10 | 0x11)}
    ec = (0x20 if access == "fetch" else 0x24) + (0 if lower else 1)
    if taken["exception"] == "SError":
        iss = 1 << 10 | 0x10 | (1 << 6 if access == "store" else 0)
        return {"esr": hex(ec << 26 | 1 << 25 | iss)}
    known = {"far": taken["far"]} if "far" in taken else {}
    return {"esr": hex(ec << 26 | esr & 0x3FFFFFF | (0 if known else 1 << 10)), **known}


class Machine:
    def __init__(self, name):
        self.at = f"/v1/machines/{name}"
        self.lock = threading.RLock()  # the state
        self.turn = threading.Lock()  # one report at a time
        self.memory = bytearray(SIZE)
        self.choice = {"recoverable": "GSIV", "corrected": "POLLED", "fatal": "GSIV"}
        self.held = [[] for _ in SOURCES]
        self.published = [None for _ in SOURCES]
        self.watched = set()
        self.panicked = None
        for index, (*_, kind) in enumerate(SOURCES):
            self.write(BASE + PAGE * (index + 1), struct.pack("<Q", BASE + PAGE * (index + 1) + BLOCK))
            if kind == 10:
                self.write(BASE + PAGE * (index + 1) + READ_ACK, struct.pack("<Q", 1))

    def place(self, address, length):
        at = address - BASE
        if at < 0 or at + length > SIZE:
            owned = f"{BASE:#x} to {BASE + SIZE:#x}"
            raise Refusal(422, "address-outside-memory", f"{address:#x} is not in firmware's {owned}", "/hostPhysical")
        return at

    def read(self, address, length):
        at = self.place(address, length)
        return bytes(self.memory[at : at + length])

    def write(self, address, content):
        at = self.place(address, len(content))
        self.memory[at : at + len(content)] = content

    def word(self, address, form="<Q"):
        return struct.unpack(form, self.read(address, struct.calcsize(form)))[0]

    def is_free(self, source):
        page = BASE + PAGE * (source + 1)
        return self.word(page + READ_ACK) & 1 == 1 if SOURCES[source][3] == 10 else self.word(page + BLOCK, "<I") == 0

    def source_for(self, severity, accessed):
        wanted = self.choice["corrected" if severity == "none" else severity]
        for notify in [wanted, "GSIV", "EXTERNAL", "SDEI", "POLLED", "SEA", "SEI"]:
            if accessed or notify not in ("SEA", "SEI"):
                for source, (name, *_) in enumerate(SOURCES):
                    if name == notify:
                        return source

    def put(self, source, block):
        """First the acknowledgement is taken back, then the record is written. ACPI 6.5, 18.3.2.8."""
        page = BASE + PAGE * (source + 1)
        if SOURCES[source][3] == 10:
            self.write(page + READ_ACK, struct.pack("<Q", self.word(page + READ_ACK) & ~1))
        self.write(page + BLOCK, block)

    def report(self, block, error, source, taken, key):
        """A record into its source, or behind the one that the OS has not acknowledged; then the OS is told."""
        if self.panicked:
            raise Refusal(409, "state-conflict", f"firmware has stopped: {self.panicked}")
        name = SOURCES[source][0]
        with self.lock:
            is_told = self.is_free(source) and not self.held[source]
            if is_told:
                self.put(source, block)
                self.published[source] = error
            else:
                read = [] if name in ("SEA", "SEI", "SDEI") and taken else [self.published[source]]
                if error is None or error not in read + [one[1] for one in self.held[source]]:
                    self.held[source].append((block, error, name in ("SEA", "SEI") and taken is not None))
        if is_told or taken and name in ("SEA", "SEI", "SDEI"):
            self.notify(source, taken, key)
        elif taken:
            self.go_back(taken, f"{key}.1")

    def go_back(self, taken, key):
        who = {name: taken["interrupted"][name] for name in ("vm", "vcpu", "pid", "tid") if name in taken["interrupted"]}
        if "vm" in who:
            who = {name: who[name] for name in ("vm", "vcpu") if name in who}
        call("hardware", "POST", f"{self.at}/exception-returns", who, key)

    def notify(self, source, taken, key):
        name, _, vector, _ = SOURCES[source]
        message = {"source": source, "notify": name, **({"vector": vector} if vector else {})}
        if name in ("SEA", "SEI"):
            if taken is None:
                return print(f"source {source}: nothing was accessed, so there is no {name} to tell it by", file=sys.stderr)
            message.update(syndrome(taken, name), interrupted=taken["interrupted"])
        elif name == "SDEI":
            message.update({"interrupted": taken["interrupted"]} if taken else {})
        elif taken:
            self.go_back(taken, f"{key}.1")
        if name != "POLLED":
            call("host-kernel", "POST", f"{self.at}/apei/notifications", message, f"{key}.2")
        self.tell_watchers(key)

    def tell_watchers(self, key):
        with self.lock:
            changed = sorted(address for address in self.watched if self.word(address, "<I"))
            self.watched -= set(changed)
        for place, address in enumerate(changed):
            call("host-kernel", "POST", f"{self.at}/memory-changes", {"hostPhysical": hex(address)}, f"{key}.3{place}")

    def acknowledged(self, key):
        """After a write of the OS: each source that became free tells what waits for it."""
        for source in range(len(SOURCES)):
            with self.lock:
                if not self.held[source] or not self.is_free(source):
                    continue
                block, error, is_told = self.held[source].pop(0)
                self.put(source, block)
                self.published[source] = error
            if not is_told:
                self.notify(source, None, f"{key}.{source}")

    # What the contract has.

    def take_exception(self, taken, key):
        if taken["exception"] == "stage-2-fault" or taken["el"] != 3:
            raise Refusal(422, "field-invalid", "firmware takes SEA and SError to EL3", "/el")
        because = "is uncontainable" if uncontainable(taken) else "has no record of a RAS node" if "record" not in taken else None
        with self.turn:
            if because:
                self.panicked = f"{taken['exception']} with ESR_EL3 {taken['esr']} {because}"
                return call("host-kernel", "POST", f"{self.at}/halt", {"because": self.panicked}, f"{key}.1")
            self.take_record(taken["record"], taken, key)

    def error_interrupt(self, data, key):
        with self.turn:
            self.take_record(data["record"], None, key)

    def take_record(self, record, taken, key):
        source = self.source_for(record["severity"], taken is not None)
        address = record.get("hostPhysical")
        error = address and (record["severity"], record["kind"], address)
        self.report(status_block(record), error, source, taken, key)

    def submit(self, data, key):
        source, block = int(data["source"]), base64.b64decode(data["bytes"])
        if not 0 <= source < len(SOURCES):
            raise Refusal(404, "source-unknown", f"no error source {source} in the HEST", "/source")
        if len(block) > BLOCK_LENGTH:
            raise Refusal(422, "record-too-long", f"{len(block)} bytes do not fit the block", "/bytes")
        if not data.get("verbatim") and (len(block) < 20 or struct.unpack_from("<I", block)[0] == 0):
            raise Refusal(422, "record-malformed", "no status block in which an OS would find a record", "/bytes")
        with self.turn:
            self.report(block, None, source, None, key)

    def choose(self, data, _):
        for severity, notify in data.items():
            if severity not in self.choice:
                raise Refusal(422, "field-unknown", f"{severity} is unknown", f"/{severity}")
            if notify not in [name for name, *_ in SOURCES]:
                raise Refusal(501, "request-unsupported", f"no source notifies by {notify}", f"/{severity}")
        self.choice.update(data)

    def read_memory(self, data, _):
        with self.lock:
            return {"bytes": base64.b64encode(self.read(int(data["hostPhysical"], 0), int(data["length"]))).decode()}

    def write_memory(self, data, key):
        with self.lock:
            self.write(int(data["hostPhysical"], 0), base64.b64decode(data["bytes"]))
        self.acknowledged(key)
        return {}

    def watch(self, data, key):
        address = int(data["hostPhysical"], 0)
        with self.lock:
            self.place(address, 4)
            self.watched.add(address)
        self.tell_watchers(key)
        return {}

    def inject(self, data, key):
        severity = {8: "corrected", 16: "recoverable", 32: "fatal"}.get(data["type"])
        if severity is None or data.get("flags", 2) not in (0, 2) or data.get("notrigger") == 0:
            raise Refusal(501, "request-unsupported", "memory errors by address that software consumes, nothing else", "/type")
        if "param1" not in data:
            raise Refusal(422, "field-missing", "param1 is the address", "/param1")
        error = {
            "kind": "memory",
            "hostPhysical": hex(int(data["param1"], 16) & int(data.get("param2", "0xffffffffffffffff"), 16)),
            "signalled": data.get("signalled", "SEA"),
            "containment": "CE" if severity == "corrected" else "UER",
            "severity": severity,
        }
        call("hardware", "POST", f"{self.at}/errors", error, f"{key}.1")
        return {"status": "success"}


MEMORY_TYPES = {8: "Memory Correctable", 16: "Memory Uncorrectable non-fatal", 32: "Memory Uncorrectable fatal"}
OFFER = {
    "errorType": sum(MEMORY_TYPES),
    "types": [{"type": type, "name": name} for type, name in MEMORY_TYPES.items()],
    "availableErrorType": "".join(f"0x{type:08x}\t{name}\n" for type, name in MEMORY_TYPES.items()),
}


def unsupported(what):
    def refuse(*_):
        raise Refusal(501, "request-unsupported", f"this firmware {what}")

    return refuse


def only_2_12(_, data, __):
    if data.get("profile") != "tf-a-2.12":
        raise Refusal(501, "request-unsupported", "this firmware behaves as TF-A 2.12 does, and cannot do otherwise", "/profile")


U64, BASE64, WHOLE = "u64", "base64", "whole number"


def fits(value, form):
    """Whether a value is of a form: U64, BASE64, WHOLE, a type, or one of several values."""
    if form == U64:
        return isinstance(value, str) and re.fullmatch("0x[0-9a-f]{1,16}", value) is not None
    if form == BASE64:
        return isinstance(value, str) and len(value) % 4 == 0 and re.fullmatch("[A-Za-z0-9+/]*={0,2}", value) is not None
    if form == WHOLE:  # a path and a query have only text
        return isinstance(value, int) and not isinstance(value, bool) or isinstance(value, str) and value.isdigit()
    return isinstance(value, form) if isinstance(form, type) else value in form


M = "/v1/machines/(?P<machine>[a-z0-9-]+)"
ADDRESS = "(?P<hostPhysical>0x[0-9a-f]+)"
# Method, path, handler, and the fields that must be there with their forms. No answer is 202.
ROUTES = [
    (method, re.compile(path + "$"), handler, needs)
    for method, path, handler, needs in [
        ("POST", f"{M}/exceptions", Machine.take_exception, {"exception": KINDS, "el": WHOLE, "esr": U64, "interrupted": dict}),
        ("POST", f"{M}/error-interrupts", Machine.error_interrupt, {"record": dict}),
        ("POST", f"{M}/error-records", Machine.submit, {"source": WHOLE, "bytes": BASE64}),
        ("POST", f"{M}/einj", Machine.inject, {"type": WHOLE}),
        ("GET", f"{M}/einj", lambda *_: OFFER, {}),
        ("PUT", f"{M}/notification", Machine.choose, {}),
        ("PUT", f"{M}/profile", only_2_12, {"profile": str}),
        ("GET", f"{M}/hest", lambda *_: {"table": base64.b64encode(hest()).decode()}, {}),
        ("PUT", f"{M}/hest", unsupported("has one HEST"), {}),
        ("PUT", f"{M}/boot-error-region", unsupported("keeps nothing for the next boot"), {}),
        ("PUT", f"{M}/sdei", unsupported("does not mask SDEI"), {}),
        ("GET", f"{M}/memory/{ADDRESS}", Machine.read_memory, {"length": WHOLE}),
        ("PUT", f"{M}/memory/{ADDRESS}", Machine.write_memory, {"bytes": BASE64}),
        ("POST", f"{M}/memory/{ADDRESS}/watches", Machine.watch, {}),
        ("GET", "/health", lambda *_: {"status": "ok", "service": "firmware"}, {}),
    ]
]
MACHINES, REPLIES, LOCK = {}, {}, threading.Lock()
REMEMBERED, BODY_LIMIT = 100_000, 1 << 20


class Firmware(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body leave together

    def handle_any(self):
        path, _, query = self.path.partition("?")
        try:
            length = int(self.headers.get("content-length") or 0)
            if length > BODY_LIMIT:
                self.close_connection = True
                raise Refusal(413, "body-too-large", "a body has up to 1 MiB")
            body = self.rfile.read(length)
            for method, pattern, handler, needs in ROUTES:
                match = pattern.match(path)
                if match and method == self.command:
                    return self.answer(*self.once(handler, needs, match.groupdict(), query, body))
            raise Refusal(404, "route-unknown", f"{self.command} {path} is not served here")
        except Refusal as refusal:
            self.answer(refusal.status, refusal.problem)

    do_GET = do_PUT = do_POST = do_DELETE = handle_any

    def once(self, handler, needs, parts, query, body):
        """A repeat of a message gets the reply that the first one got, and nothing more happens."""
        key = self.headers.get("idempotency-key") or self.headers.get("ce-id")
        if self.command == "GET" or key is None:
            return self.handled(handler, needs, parts, query, body, key or os.urandom(8).hex())
        whole = (parts.get("machine"), key)
        digest = hashlib.sha256(self.command.encode() + self.path.encode() + body).digest()
        with LOCK:
            is_first = whole not in REPLIES
            digest_then, done, reply = REPLIES.setdefault(whole, (digest, threading.Event(), []))
            if len(REPLIES) > REMEMBERED:
                REPLIES.pop(next(iter(REPLIES)))
        if digest_then != digest:
            raise Refusal(422, "idempotency-key-reused", f"{key} was another message")
        if is_first:
            reply.append(self.handled(handler, needs, parts, query, body, key))
            done.set()
        done.wait()
        return reply[0]

    def handled(self, handler, needs, parts, query, body, key):
        try:
            data = {**dict(part.partition("=")[::2] for part in query.split("&") if part), **self.read_body(body)}
            machine = parts.pop("machine", None)
            data.update(parts)
            for field, form in needs.items():
                if field not in data:
                    raise Refusal(422, "field-missing", f"field {field} is missing", f"/{field}")
                if not fits(data[field], form):
                    raise Refusal(422, "field-invalid", f"{field} cannot be {data[field]!r}", f"/{field}")
            with LOCK:
                state = MACHINES.setdefault(machine, Machine(machine)) if machine else None
            answer = handler(state, data, key) if state else handler()
            return (202, {"id": key}) if answer is None else (200, answer)
        except Refusal as refusal:
            return refusal.status, refusal.problem
        except (KeyError, TypeError, ValueError, AttributeError, struct.error) as error:
            refusal = Refusal(422, "field-invalid", f"the body does not fit: {error!r}")
            return refusal.status, refusal.problem

    def read_body(self, body):
        if not body:
            return {}
        if self.headers.get_content_type() == "application/octet-stream":
            return {"bytes": base64.b64encode(body).decode()}
        try:
            data = json.loads(body)
        except ValueError as error:
            raise Refusal(400, "body-malformed", str(error)) from error
        if not isinstance(data, dict):
            raise Refusal(422, "field-invalid", "the body is no object")
        return data

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json" if status < 400 else "application/problem+json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle(self):
        try:
            super().handle()
        except OSError:  # the caller is gone
            pass

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    # Messages of several machines come on connections of their own. Of five that wait, which is Python's default, the system
    # drops the sixth.
    request_queue_size = 128
    daemon_threads = True


if __name__ == "__main__":
    server = Server(("127.0.0.1", int(os.environ.get("FIRMWARE_PORT", "8002"))), Firmware)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
