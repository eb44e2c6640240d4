#!/usr/bin/env python3
"""A policy for seabus: SEA for what a vCPU has consumed, an interrupt for what nobody has touched yet."""
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def decide(question):
    code, in_ram = question["signal"]["code"], question["guest"]["inRam"]
    if code == "BUS_MCEERR_AO":
        for source in question["sources"]:
            if in_ram and source["notify"] == "GPIO" and source["acknowledged"]:
                return {"action": "notify-interrupt", "source": source["source"], "because": "nobody consumed it yet"}
        return {"action": "ignore", "because": "optional, and nothing of the guest's that could be told now"}
    if "vcpu" in question and (code == "KVM_EXIT_ARM_SEA" or code == "BUS_MCEERR_AR" and in_ram):
        who = {0: "a task", 1: "the kernel"}.get(question.get("interrupted", {}).get("el"), "somebody")
        return {"action": "inject-sea", "because": f"an access by {who} of the guest failed; an abort describes just that"}
    return {"action": "kill-vmm", "because": "no guest access explains this signal"}


class Policy(BaseHTTPRequestHandler):
    @property
    def machine(self):
        # POST /v1/machines/m0/decisions
        return self.path.split("/")[3]

    def answer(self, question):
        return decide(question)

    def do_POST(self):
        try:
            status, answer = 200, self.answer(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        except (IndexError, KeyError, TypeError, ValueError, AttributeError) as error:
            status, answer = 422, {"title": "This is no question", "status": 422, "detail": repr(error)}
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json" if status == 200 else "application/problem+json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    # Each question is a connection of its own. Of five that wait, which is Python's default, the system drops the sixth.
    request_queue_size = 128
    daemon_threads = True


def serve(policy):
    port, host = [*sys.argv[1:], *["8005", "127.0.0.1"][len(sys.argv) - 1 :]]
    server = Server((host, int(port)), policy)
    print(f"http://{host}:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    serve(Policy)
