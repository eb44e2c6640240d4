#!/usr/bin/env python3
"""The least firmware that tells Linux of a memory error: one GHESv2 source, which notifies by interrupt."""
import base64
import itertools
import json
import os
import re
import struct
import sys
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HARDWARE = os.environ.get("HARDWARE_URL", "http://127.0.0.1:7001")
HOST_KERNEL = os.environ.get("HOST_KERNEL_URL", "http://127.0.0.1:7003")
# Memory shared with the kernel: the cell that points to the block, the read-ack register, the block.
BASE, READ_ACK, BLOCK, LENGTH = 0x3F000000, 0x3F000008, 0x3F000040, 0x400
GSIV, GED_INTERRUPT = 10, 233
PLATFORM_MEMORY = bytes.fromhex("1411bca5646fde4eb8633e83ed7c83b1")
memories, replies = {}, {}


def gas(address):
    return struct.pack("<BBBBQ", 0, 64, 0, 4, address)


def hest():  # ACPI 6.5, 18.3.2 and 18.3.2.8
    source = struct.pack("<HHHBBIII", 10, 0, 0xFFFF, 0, 1, 1, 1, LENGTH) + gas(BASE)
    source += struct.pack("<BBHIIIIII", GSIV, 28, 0, 0, GED_INTERRUPT, 0, 0, 0, 0) + struct.pack("<I", LENGTH)
    source += gas(READ_ACK) + struct.pack("<QQ", 0xFFFFFFFFFFFFFFFE, 1)
    head = b"HEST" + struct.pack("<IBB6s8sI4sI", 40 + len(source), 1, 0, b"SMALL ", b"FIRMWARE", 1, b"SMFW", 1)
    table = bytearray(head + struct.pack("<I", 1) + source)
    table[9] = -sum(table) & 0xFF
    return {"table": base64.b64encode(table).decode()}


def status_block(address):  # ACPI 6.5, 18.3.2.7.1; UEFI 2.10, N.2.5
    section = struct.pack("<QQQ", 2, 0, address).ljust(80, b"\0")
    entry = PLATFORM_MEMORY + struct.pack("<IHBBI", 0, 0x300, 0, 0, len(section)) + bytes(44) + section
    return struct.pack("<IIIII", 0x11, 0, 0, len(entry), 0) + entry


def call(url, body, cause, nth):
    """A message of our own: its id follows from that of its cause, which it names, so that a repeat is the same message."""
    headers = {"content-type": "application/json", "idempotency-key": f"{cause}.{nth}", "ce-causationid": cause}
    for pause in itertools.chain([0.05, 0.1, 0.2, 0.5], itertools.repeat(1)):
        try:
            return urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers), timeout=30).close()
        except urllib.error.HTTPError as error:
            if error.code < 500 and error.code not in (408, 425, 429) or error.code == 501:
                return print(f"{url} refuses: {error.read().decode()}", file=sys.stderr)  # for good
        except OSError as error:
            print(f"{url} is away, again in {pause} s: {error}", file=sys.stderr)
        time.sleep(pause)


def take_exception(machine, memory, data, cause):
    address, (acknowledged,) = data.get("record", {}).get("hostPhysical"), struct.unpack_from("<Q", memory, READ_ACK - BASE)
    if address and acknowledged & 1:
        memory[READ_ACK - BASE : BLOCK - BASE] = bytes(BLOCK - READ_ACK)  # the acknowledgement goes before the record comes
        record = status_block(int(address, 16))
        memory[BLOCK - BASE : BLOCK - BASE + len(record)] = record
    who = {name: data["interrupted"][name] for name in ("vm", "vcpu", "pid", "tid") if name in data["interrupted"]}
    call(f"{HARDWARE}{machine}/exception-returns", {k: who[k] for k in (("vm", "vcpu") if "vm" in who else who)}, cause, 1)
    if address and acknowledged & 1:
        told = {"source": 0, "notify": "GSIV", "vector": GED_INTERRUPT}
        call(f"{HOST_KERNEL}{machine}/apei/notifications", told, cause, 2)


class Firmware(BaseHTTPRequestHandler):
    def handle_any(self):
        machine, rest = re.match(r"(/v1/machines/[^/?]+)?([^?]*)", self.path).groups()
        data = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"{}")
        memory = memories.setdefault(machine, bytearray(struct.pack("<QQ", BLOCK, 1)).ljust(0x1000, b"\0"))
        key = self.headers["idempotency-key"] or self.headers["ce-id"]
        if self.command != "GET" and (machine, key) in replies:  # it came before: the same reply, and no effect
            return self.reply(*replies[machine, key])
        status, answer = self.answer(machine, memory, rest, data, key)
        if self.command != "GET":
            replies[machine, key] = status, answer
        self.reply(status, answer)

    def answer(self, machine, memory, path, data, key):
        at = re.fullmatch("/memory/(0x[0-9a-f]+)", path)
        if at and self.command == "GET":
            start = int(at[1], 16) - BASE
            return 200, {"bytes": base64.b64encode(memory[start : start + int(self.path.split("length=")[1])]).decode()}
        if at and self.command == "PUT":
            bytes_ = base64.b64decode(data["bytes"])
            memory[int(at[1], 16) - BASE : int(at[1], 16) - BASE + len(bytes_)] = bytes_
            return 200, {}
        if (self.command, path) == ("GET", "/hest"):
            return 200, hest()
        if (self.command, path) == ("PUT", "/notification"):
            return 202, {"id": key}
        if (self.command, path) == ("POST", "/exceptions"):
            take_exception(machine, memory, data, key)
            return 202, {"id": key}
        return 404, {"title": "This firmware does not serve that", "status": 404}

    def reply(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json" if status < 400 else "application/problem+json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

    do_GET = do_PUT = do_POST = handle_any


class Server(ThreadingHTTPServer):
    request_queue_size, daemon_threads = 128, True


if __name__ == "__main__":
    server = Server(("127.0.0.1", int(os.environ.get("FIRMWARE_PORT", "8002"))), Firmware)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
