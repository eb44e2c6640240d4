#!/usr/bin/env python3
"""A virtual machine monitor for seabus, of Python's standard library alone.

Memory slots, vCPUs, a virtual HEST with its GHES blocks, SIGBUS and KVM_RUN; what an error means for the guest it asks a
policy. It knows its neighbours by HOST_KERNEL_URL, GUEST_URL and POLICY_URL, and speaks HTTP as /openapi.json of our VMM
has it.
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
    "host-kernel": os.environ.get("HOST_KERNEL_URL", "http://127.0.0.1:7003"),
    "policy": os.environ.get("POLICY_URL", "http://127.0.0.1:7005"),
    "guest": os.environ.get("GUEST_URL", "http://127.0.0.1:7006"),
}
PAGE, EINTR, SIGBUS, SIGKILL = 0x1000, 4, 7, 9
KVM_EXIT_INTR, KVM_EXIT_SYSTEM_EVENT = 10, 24
AR, AO = 4, 5  # si_code BUS_MCEERR_AR and BUS_MCEERR_AO
GED_INTID = 41
PLATFORM_MEMORY = bytes.fromhex("1411bca5646fde4eb8633e83ed7c83b1")
BLOCK_LENGTH = 1024
# Name and number of ACPI 6.5 18.3.2.9; the last one only for guests with the SEI patch.
KINDS = [("SEA", 8), ("GPIO", 7), ("POLLED", 0), ("SEI", 9)]
READ_BY = {"inject-sea": "SEA", "inject-serror": "SEI", "notify-interrupt": "GPIO", "notify-poll": "POLLED"}
# Its process lives.
RESETTABLE = ("running", "guest-panicked", "reset")
HOPELESS_S = 20
ACTIONS = [*READ_BY, "ignore", "remap", "stop-vm", "kill-vmm"]
HUGE = {"hugetlb-64k": 16, "hugetlb-2m": 21, "hugetlb-32m": 25, "hugetlb-1g": 30, "hugetlb-shared-2m": 21, "hugetlb-shared-1g": 30}


class Refusal(Exception):
    """A problem (RFC 9457)."""

    def __init__(self, status, code, detail, field=None):
        super().__init__(detail)
        self.status = status
        self.problem = {"type": f"/docs/problems#{code}", "code": code, "title": code, "status": status, "detail": detail}
        if field:
            self.problem["field"] = field


class Failed(Exception):
    """A neighbour, or an ioctl, did not do what the VM cannot do without."""


def request(url, method, path, body, key, timeout):
    """`key` is the id of the message and the ids of what led to it, the nearest first."""
    key, *causes = key.split()
    headers = {"content-type": "application/json", "ce-id": key, "ce-causationid": " ".join(causes)}
    if os.environ.get("SEABUS_TOKEN") and url in NEIGHBOURS.values():
        headers["authorization"] = "Bearer " + os.environ["SEABUS_TOKEN"]
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url + path, data, headers, method=method), timeout=timeout) as answer:
        return json.loads(answer.read() or b"{}")


def call(layer, method, path, body, key):
    """A request to a neighbour, repeated with the same key until it is answered or refused for good."""
    pause = 0.05
    while True:
        try:
            return request(NEIGHBOURS[layer], method, path, body, key, 30)
        except urllib.error.HTTPError as error:
            if error.code < 500 and error.code not in (408, 425, 429) or error.code == 501:
                raise Failed(f"{layer} refuses {method} {path}: {error.read().decode(errors='replace')[:300]}") from error
        except (urllib.error.URLError, OSError) as error:
            print(f"{layer} does not answer, again in {pause} s: {error}", file=sys.stderr)
        time.sleep(pause)
        pause = min(2 * pause, 2)


def gas(address):
    """Generic Address Structure of a 64-bit cell in system memory. ACPI 6.5, 5.2.3.2."""
    return struct.pack("<BBBBQ", 0, 64, 0, 4, address)


def number(value, default=0):
    return default if value is None else int(value, 16)


def registers(data):
    """Where the guest was, as a kvm.exit has it. PSTATE says at which exception level: mode 0 is EL0."""
    if "pstate" not in data:
        return {"pc": data["pc"]}
    return {"pc": data["pc"], "pstate": data["pstate"], "el": 1 if int(data["pstate"], 16) & 0xF else 0}


class Vm:
    def __init__(self, machine, data, ordinal):
        self.machine, self.name = machine, data["vm"]
        self.at = f"{machine.at}/vms/{self.name}"
        self.pid = data.get("pid", 4242 + 32 * ordinal)
        self.vcpus = [{"tid": self.pid + 1 + n, "in_run": False, "stale": False, "sigbus": None} for n in range(data.get("vcpus", 1))]
        self.guest_physical = number(data.get("guestPhysical"), 0x40000000)
        self.length = number(data.get("length"), 0x4000000)
        self.host_virtual = number(data.get("hostVirtual"), 0xFFFF80000000 + (ordinal << 32))
        self.backing = data.get("backing", "anonymous")
        self.guest = data.get("guest", {})
        self.mce_kill = data.get("mceKill", "early")
        self.expose = data.get("exposeException", False)
        self.exception = None
        self.seen_with = {}
        self.run, self.errors, self.line_high, self.calls, self.tries = "running", 0, False, 0, 0
        # Pages of the guest that are known to be lost, with how much of each; and how often it has been reset.
        self.lost, self.resets = {}, 0
        self.deciding = {"policy": None, "policyDeadlineMs": 500, "fallback": {}}
        self.decide_by(data)
        kinds = KINDS if self.guest.get("sei") else KINDS[:-1]
        end = self.guest_physical + self.length
        self.hest, blob = (end - 0x270000, end - 0x260000) if data.get("ras", True) else (None, None)
        # A pointer cell and a read-ack cell each, then the blocks.
        self.sources = [] if self.hest is None else [
            {
                "source": n,
                "notify": name,
                "number": code,
                "pointer": blob + 8 * n,
                "ack": blob + 8 * (len(kinds) + n),
                "block": blob + 16 * len(kinds) + BLOCK_LENGTH * n,
            }
            for n, (name, code) in enumerate(kinds)
        ]

    def decide_by(self, data):
        policy = data.get("policy")
        if policy is not None and ":" in policy and not re.match(r"https?://[^/@\s]+", policy):
            raise Refusal(422, "field-invalid", f"{policy} is neither the name of a policy nor an http or https URL", "/policy")
        self.deciding.update({name: data[name] for name in self.deciding if data.get(name) is not None})

    # Neighbours.

    def key(self):
        """
        The id of a call is its cause's with a place in what that leads to, so that a repeat of the cause repeats it. What led
        to it is the call before: whoever merges the journals puts this one behind that.
        """
        self.calls += 1
        cause = self.machine.cause
        return f"{cause}.{self.calls} " + (f"{cause}.{self.calls - 1}" if self.calls > 1 else cause)

    def kvm(self, method, path, body):
        result = call("host-kernel", method, self.at + path, body, self.key())
        if result.get("ret", 0) < 0:
            raise Failed(f"{method} {path}: errno {result['errno']}")
        return result

    def write(self, address, content):
        body = {"bytes": base64.b64encode(content).decode()}
        call("guest", "PUT", f"{self.at}/memory/{address:#x}", body, self.key())

    def read(self, address, length):
        answer = call("guest", "GET", f"{self.at}/memory/{address:#x}?length={length}", None, self.key())
        return base64.b64decode(answer["bytes"])

    # From nothing to a guest that runs.

    def start(self):
        """In this order: nothing of KVM without the process, no vCPU without memory, no run without tables."""
        threads = [self.pid, *[vcpu["tid"] for vcpu in self.vcpus], self.pid + len(self.vcpus) + 1]
        call("host-kernel", "POST", f"{self.machine.at}/processes", {
            "pid": self.pid,
            "comm": "vmm.py",
            "mceKill": self.mce_kill,
            "sigbus": "handler",
            "threads": [{"tid": tid, "mceKill": self.mce_kill, "sigbus": "handler"} for tid in threads],
            "mappings": [
                {"hostVirtual": hex(self.host_virtual), "length": hex(self.length), "backing": self.backing},
                {"hostVirtual": hex(0xAAAAB0000000), "length": "0x10000", "backing": "anonymous"},
            ],
        }, self.key())
        ram = {"guestPhysical": hex(self.guest_physical), "length": hex(self.length)}
        self.kvm("PUT", "", {"pid": self.pid, "exposeException": self.expose})
        self.kvm("PUT", "/memory-slots/0", {**ram, "hostVirtual": hex(self.host_virtual)})
        for index, vcpu in enumerate(self.vcpus):
            self.kvm("PUT", f"/vcpus/{index}", {"tid": vcpu["tid"]})
        told = {name: self.guest[name] for name in ("linux", "sei", "syncWinner", "config", "frames") if name in self.guest}
        tables = {} if self.hest is None else {"hestAddress": hex(self.hest)}
        guest = {"vcpus": len(self.vcpus), **ram, **told, **tables, "errorIntid": GED_INTID}
        call("guest", "PUT", self.at, guest, self.key())
        self.boot()

    def boot(self):
        """What guest firmware leaves in memory, and the registers of the kernel's first instruction."""
        for index in range(len(self.vcpus)):
            for register, value in (("pc", self.guest_physical + 0x80000), ("pstate", 0x3C5), ("vbar_el1", 0xFFFF800008010800)):
                self.kvm("PUT", f"/vcpus/{index}/regs/{register}", {"value": hex(value)})
        if self.hest is not None:
            blob = b"".join(struct.pack("<Q", source["block"]) for source in self.sources)
            blob += struct.pack("<Q", 1) * len(self.sources) + bytes(BLOCK_LENGTH * len(self.sources))
            self.write(self.sources[0]["pointer"], blob)
            self.write(self.hest, self.table())
        for index in range(len(self.vcpus)):
            self.resume(index)

    def reset(self):
        """A cold start: lost memory is replaced by whole pages of its backing, which read as zero, and the list is empty."""
        self.run, self.resets = "running", self.resets + 1
        for index, vcpu in enumerate(self.vcpus):
            if vcpu["in_run"] and not self.kvm("POST", f"/vcpus/{index}/kicks", {})["wasRunning"]:
                vcpu["stale"] = True
            vcpu["in_run"], vcpu["sigbus"] = False, None
        if self.line_high:
            self.irq_line(False)
        ranges = {}
        for page, lsb in self.lost.items():
            size = 1 << max(lsb, HUGE.get(self.backing, 12))
            start = max((page - self.guest_physical + self.host_virtual) & -size, self.host_virtual)
            ranges[start] = min(start + size, self.host_virtual + self.length) - start
        for start, length in ranges.items():
            self.kvm_remap({"hostVirtual": hex(start), "length": hex(length), "backing": self.backing})
        replaced = [
            {"guestPhysical": hex(start - self.host_virtual + self.guest_physical), "length": hex(length)}
            for start, length in ranges.items()
        ]
        self.lost, self.seen_with, self.exception = {}, {}, None
        call("guest", "POST", f"{self.at}/reset", {"replaced": replaced}, self.key())
        for index in range(len(self.vcpus)):
            self.kvm("POST", f"/vcpus/{index}/init", {})
        self.boot()

    def table(self):
        """A HEST of GHESv2 sources. ACPI 6.5, 18.3.2.8."""
        body = b""
        for source in self.sources:
            body += struct.pack("<HHHBBIII", 10, source["source"], 0xFFFF, 0, 1, 1, 1, BLOCK_LENGTH) + gas(source["pointer"])
            poll = 1000 if source["notify"] == "POLLED" else 0
            body += struct.pack("<BBHIIIIII", source["number"], 28, 0, poll, 0, 0, 0, 0, 0)
            body += struct.pack("<I", BLOCK_LENGTH) + gas(source["ack"]) + struct.pack("<QQ", 0xFFFFFFFFFFFFFFFE, 1)
        header = b"HEST" + struct.pack("<IBB", 40 + len(body), 1, 0) + b"PYTHON" + b"VMMTABLE" + struct.pack("<I4sI", 1, b"PYVM", 1)
        table = bytearray(header + struct.pack("<I", len(self.sources)) + body)
        table[9] = -sum(table) & 0xFF
        return bytes(table)

    def resume(self, index):
        vcpu = None if index is None else self.vcpus[index]
        if vcpu is None or vcpu["in_run"] or self.run != "running":
            return
        self.kvm("POST", f"/vcpus/{index}/run", {})
        vcpu["in_run"] = True
        if index == 0 and self.line_high:
            self.irq_line(False)

    def irq_line(self, level):
        self.kvm("POST", "/irq-lines", {"intid": GED_INTID, "level": level})
        self.line_high = level

    def kick(self, index):
        if self.vcpus[index]["in_run"] and self.kvm("POST", f"/vcpus/{index}/kicks", {})["wasRunning"]:
            self.vcpus[index]["in_run"] = False

    def end(self, run, exits=None):
        """The VM is over; `exits` is how its process ends, if this ends it."""
        if self.run == "running":
            self.run = run
            print(f"{self.name} is {run}", file=sys.stderr)
            if exits is not None:
                call("host-kernel", "POST", f"{self.machine.at}/processes/{self.pid}/exit", exits, self.key())

    # Signals and exits.

    def on_signal(self, data):
        if data["pid"] != self.pid:
            raise Refusal(404, "process-unknown", f"VM {self.name} is process {self.pid}", "/pid")
        if self.run != "running":
            return
        if data["killed"] or data["signo"] == SIGKILL:
            return self.end("killed")
        if data["signo"] != SIGBUS:
            return
        if data["code"] not in (AR, AO):
            return self.end("killed", {"signal": SIGBUS})
        required = data["code"] == AR
        index = next((n for n, vcpu in enumerate(self.vcpus) if vcpu["tid"] == data["tid"]), None) if required else None
        error = {"required": required, "vcpu": index, "address": number(data.get("hostVirtual"), None), "lsb": data.get("addressLsb", 12)}
        if index is None or not self.vcpus[index]["in_run"]:
            self.decide(error)
        elif self.vcpus[index]["sigbus"] is None:
            self.vcpus[index]["sigbus"] = error

    def on_exit(self, index, data):
        vcpu = self.vcpus[index]
        if vcpu["stale"]:  # of before a reset
            vcpu["stale"] = False
            return
        if not vcpu["in_run"]:
            raise Refusal(409, "vcpu-state", f"vCPU {index} of {self.name} is not in KVM_RUN", "/vcpu")
        vcpu["in_run"] = False
        if self.run != "running":
            return
        if data["ret"] < 0 and data["errno"] != EINTR:
            return self.end("failed", {"code": 1})
        if data["ret"] < 0 or data["exitReason"] == KVM_EXIT_INTR:
            error, vcpu["sigbus"] = vcpu["sigbus"], None
            if error:
                error["interrupted"] = registers(data)
            return self.decide(error) if error else self.resume(index)
        if data["exitReason"] == KVM_EXIT_SYSTEM_EVENT:
            ends = {"panic": ("guest-panicked", None), "system-off": ("off", {"code": 0}), "system-reset": ("reset", None)}
            return self.end(*ends.get(data.get("systemEvent"), ("stopped", None)))
        self.end("stopped", {"code": 1})

    def place(self, address):
        """Where a host address lies in the guest, as its 4 KiB page; None outside of its RAM."""
        if address is None or not self.host_virtual <= address < self.host_virtual + self.length:
            return None
        return (address & -PAGE) - self.host_virtual + self.guest_physical

    def decide(self, error):
        page, vcpu = self.place(error["address"]), error["vcpu"]
        self.errors += 1
        if page is not None:
            self.lost[page] = max(error["lsb"], self.lost.get(page, 0))
        # What the hardware raised belongs to the memory that was lost then, and is told again when that is consumed.
        if self.exception and page is not None:
            self.seen_with[page], self.exception = self.exception, None
        seen = self.seen_with.get(page) if self.expose else None
        question = {
            "vm": self.name,
            **({} if vcpu is None else {"vcpu": vcpu}),
            "signal": {
                "code": "BUS_MCEERR_AR" if error["required"] else "BUS_MCEERR_AO",
                **({} if error["address"] is None else {"hostVirtual": hex(error["address"])}),
                "addressLsb": error["lsb"],
            },
            **({"interrupted": error["interrupted"]} if "interrupted" in error else {}),
            "guest": {**({} if page is None else {"guestPhysical": hex(page)}), "inRam": page is not None},
            "sources": [
                {"source": one["source"], "notify": one["notify"], "acknowledged": self.is_acknowledged(one)} for one in self.sources
            ],
            **({"hardwareException": seen} if seen else {}),
            "history": {"errors": self.errors},
        }
        decision = self.ask(question)
        print(f"{self.name}: {question['signal']['code']} {question['guest'].get('guestPhysical')}: {decision}", file=sys.stderr)
        self.act(error, page, decision)

    def ask(self, question):
        """The policy's answer, or the harmless one where there is none that can be used."""
        policy, url = self.deciding["policy"], NEIGHBOURS["policy"]
        if policy and ":" in policy:
            url = policy.rstrip("/")
        elif policy:
            question = {**question, "policy": policy}
        try:
            path = f"{self.machine.at}/decisions"
            decision = request(url, "POST", path, question, self.key(), self.deciding["policyDeadlineMs"] / 1000)
            because = self.broken_rule(decision, question)
        except (urllib.error.URLError, OSError, ValueError, TypeError) as error:
            because = f"the policy gave no decision: {error}"
        if because is None:
            return decision
        required = question["signal"]["code"] != "BUS_MCEERR_AO"
        action = self.deciding["fallback"].get("required" if required else "optional")
        if action is None or self.broken_rule({"action": action, "because": because}, question):
            consumed = question["guest"]["inRam"] and "vcpu" in question
            action = "ignore" if not required else "inject-sea" if consumed else "kill-vmm"
        return {"action": action, "because": because}

    def broken_rule(self, decision, question):
        """What an architecture, or this guest, has no way to do."""
        action = decision["action"] if isinstance(decision, dict) and isinstance(decision.get("because"), str) else None
        if action not in ACTIONS:
            return f"{decision} is no decision"
        if action == "inject-sea" and not ("vcpu" in question and question["guest"]["inRam"] and question["signal"]["code"] == "BUS_MCEERR_AR"):
            return "no vCPU has made an access that could be aborted"
        if action == "inject-serror" and not 0 <= number(decision.get("esr")) < 1 << 25:
            return "bits outside of ISS[24:0]"
        if action.startswith("notify") and ("guestPhysical" not in question["guest"] or self.source_for(decision) is None):
            return "no source, or no address in the guest that a record could name"
        if action == "remap" and not question["guest"]["inRam"]:
            return "there is no guest memory to replace"
        if "source" in decision and decision.get("record") is not False and action in READ_BY and self.source_for(decision) is None:
            return "the guest does not read that source when it is told so"
        return None

    def source_for(self, decision):
        for source in self.sources:
            if source["notify"] == READ_BY.get(decision["action"]) and decision.get("source", source["source"]) == source["source"]:
                return source
        return None

    # Telling the guest.

    def act(self, error, page, decision):
        action, vcpu = decision["action"], error["vcpu"]
        source = None if page is None or decision.get("record") is False else self.source_for(decision)
        if action == "inject-sea":
            if source and not self.is_acknowledged(source):
                self.say_when_hopeless(error, source)
                return self.machine.later(self, lambda: self.act(error, page, decision))
            if source:
                self.write_record(source, page, error["lsb"])
            self.kvm("PUT", f"/vcpus/{vcpu}/events", {"serror_pending": 0, "serror_has_esr": 0, "ext_dabt_pending": 1, "serror_esr": "0x0"})
        elif action == "inject-serror":
            if source and self.is_acknowledged(source):
                self.write_record(source, page, error["lsb"])
            vcpu = vcpu or 0
            self.kick(vcpu)
            has_esr = int("esr" in decision)
            events = {"serror_pending": 1, "serror_has_esr": has_esr, "ext_dabt_pending": 0, "serror_esr": decision.get("esr", "0x0")}
            self.kvm("PUT", f"/vcpus/{vcpu}/events", events)
        elif action in ("notify-interrupt", "notify-poll"):
            if source and self.is_acknowledged(source):
                self.write_record(source, page, error["lsb"])
                if action == "notify-interrupt":
                    self.irq_line(True)
        elif action == "remap":
            size = 1 << max(error["lsb"], HUGE.get(self.backing, 12))
            lost = {"hostVirtual": hex(error["address"] & -size), "length": hex(size), "backing": self.backing}
            self.kvm_remap(lost)
        elif action != "ignore":
            return self.end("stopped", {"code": 1}) if action == "stop-vm" else self.end("killed", {"signal": SIGBUS})
        self.resume(vcpu)

    def say_when_hopeless(self, error, source):
        """A guest that meets the error again before it has read of it will never acknowledge. It is said once."""
        since = error.setdefault("waits since", time.monotonic())
        if time.monotonic() - since > HOPELESS_S and not error.get("is told"):
            error["is told"] = True
            print(f"{self.name}: livelock: source {source['source']} is not acknowledged for {HOPELESS_S} s", file=sys.stderr)

    def kvm_remap(self, lost):
        result = call("host-kernel", "POST", f"{self.machine.at}/processes/{self.pid}/remaps", lost, self.key())
        if result.get("ret", 0) < 0:
            raise Failed("the lost memory could not be replaced")

    def is_acknowledged(self, source):
        return self.read(source["ack"], 8) != bytes(8)

    def write_record(self, source, page, lsb):
        """The acknowledgement is taken back, then the record is written. ACPI 6.5, 18.3.2.8; UEFI 2.10, N.2.5."""
        mask = 0xFFFFFFFFFFFFFFFF & -(1 << lsb)
        section = (struct.pack("<QQQQ", 1 << 14 | 0b110, 0, page, mask) + bytes(40) + b"\3").ljust(80, b"\0")
        entry = PLATFORM_MEMORY + struct.pack("<IHBBI", 0, 0x300, 0, 0, len(section)) + bytes(16 + 20 + 8) + section
        self.write(source["ack"], bytes(8))
        self.write(source["block"], struct.pack("<IIIII", 1 << 4 | 1, 0, 0, len(entry), 0) + entry)


class Machine:
    """The VMs of a machine. One message at a time has the turn."""

    def __init__(self, name):
        self.at = f"/v1/machines/{name}"
        self.turn = threading.Lock()
        self.vms = {}
        self.cause = ""

    def vm(self, data):
        if data["vm"] not in self.vms:
            raise Refusal(404, "vm-unknown", f"no VM {data['vm']}", "/vm")
        return self.vms[data["vm"]]

    def later(self, vm, work):
        """The guest has to have read the record before. Its vCPU waits, for ever if need be; all else goes on."""
        cause, resets, vm.tries = self.cause, vm.resets, vm.tries + 1
        pause = min(0.01 * 2 ** (vm.tries % 16), 1)

        def again():
            if vm.run == "running" and vm.resets == resets:
                self.guarded(vm, f"{cause}.t{vm.tries}", work)

        threading.Timer(pause, again).start()

    def guarded(self, vm, key, work):
        with self.turn:
            self.cause, vm.calls = key, 0
            try:
                work()
            except Failed as error:
                print(error, file=sys.stderr)
                vm.end("failed", {"code": 1})

    def create(self, data, key):
        for field, only in (("profile", "reference"), ("machineType", None)):
            if data.get(field, only) != only:
                raise Refusal(501, "request-unsupported", f"this VMM has no {field} {data[field]}", f"/{field}")
        if data.get("guest", {}).get("firmware") is False:
            raise Refusal(501, "request-unsupported", "this VMM writes the tables itself", "/guest/firmware")
        if data["vm"] in self.vms:
            raise Refusal(409, "already-exists", f"VM {data['vm']} exists already", "/vm")
        vm = self.vms[data["vm"]] = Vm(self, data, len(self.vms))
        self.guarded(vm, key, vm.start)

    def signal(self, data, key):
        vm = self.vm(data)
        self.guarded(vm, key, lambda: vm.on_signal(data))

    def exit(self, data, key):
        vm, index = self.vm(data), int(data["vcpu"])
        if index >= len(vm.vcpus):
            raise Refusal(404, "vcpu-unknown", f"VM {vm.name} has no vCPU {index}", "/vcpu")
        self.guarded(vm, key, lambda: vm.on_exit(index, data))

    def tell_exception(self, data, _):
        self.vm(data).exception = {"kind": data["kind"], "esr": data["esr"]}

    def change_policy(self, data, _):
        self.vm(data).decide_by(data)
        return {}

    def stop(self, data, key):
        vm = self.vm(data)
        if vm.run != "running":
            raise Refusal(409, "vm-state", f"VM {vm.name} is {vm.run} already")

        def work():
            for index in range(len(vm.vcpus)):
                vm.kick(index)
            vm.end("stopped", {"code": 0})

        self.guarded(vm, key, work)
        return {}

    def reset(self, data, key):
        vm = self.vm(data)
        if vm.run not in RESETTABLE:
            raise Refusal(409, "vm-state", f"VM {vm.name} is {vm.run}: there is no process to reset it")
        self.guarded(vm, key, vm.reset)
        return {}

    def host_down(self, *_):
        for vm in self.vms.values():
            vm.end("killed")


def unsupported(what):
    def refuse(*_):
        raise Refusal(501, "request-unsupported", f"this VMM {what}")

    return refuse


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
VM = f"{M}/vms/(?P<vm>[a-z0-9-]+)"
# Method, path, handler, and the fields that must be there with their forms. No answer is 202.
ROUTES = [
    (method, re.compile(path + "$"), handler, needs)
    for method, path, handler, needs in [
        ("POST", f"{M}/vms", Machine.create, {"vm": str}),
        ("POST", f"{M}/signals", Machine.signal, {"vm": str, "pid": WHOLE, "tid": WHOLE, "signo": WHOLE, "code": WHOLE, "killed": bool}),
        ("POST", f"{VM}/vcpus/(?P<vcpu>\\d+)/exits", Machine.exit, {"ret": int, "errno": WHOLE, "exitReason": WHOLE}),
        ("POST", f"{VM}/exception", Machine.tell_exception, {"kind": ("SEA", "SError"), "esr": U64}),
        ("POST", f"{M}/host-down", Machine.host_down, {"because": str}),
        ("PUT", f"{VM}/policy", Machine.change_policy, {}),
        ("POST", f"{VM}/stop", Machine.stop, {}),
        ("POST", f"{VM}/reset", Machine.reset, {}),
        ("POST", f"{VM}/migrations", unsupported("does not migrate VMs"), {}),
        ("POST", f"{VM}/fw-cfg", unsupported("has no fw_cfg: it writes the tables itself"), {}),
        ("POST", f"{VM}/qmp/inject-ghes-v2-error", unsupported("has no QMP"), {}),
        ("GET", "/health", lambda *_: {"status": "ok", "service": "vmm"}, {}),
    ]
]
MACHINES, REPLIES, LOCK = {}, {}, threading.Lock()
REMEMBERED, BODY_LIMIT = 100_000, 1 << 20


class Vmm(BaseHTTPRequestHandler):
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
    server = Server(("127.0.0.1", int(os.environ.get("VMM_PORT", "8004"))), Vmm)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
