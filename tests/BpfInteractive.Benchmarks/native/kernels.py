"""Measures Jupyter kernels in turns, by one client: kernels.py ROUNDS NAME.... Prints medians as JSON. Which cell does what in whose language is below."""

import json
import statistics
import sys
import time

from jupyter_client.manager import KernelManager

CELLS = {
    "python3": {
        "stream": "for i in range(1000): print(i, flush=True)",
        "variable": "x%d = %d",
        "updates": "h = display(0, display_id=True)\nfor i in range(1000): h.update(i)",
    },
    "bpfi": {
        "stream": "for (var i = 0; i < 1000; i++) { Console.WriteLine(i); Console.Out.Flush(); }",
        "variable": "var x%d = %d;",
        "updates": "var h = display(0); for (var i = 0; i < 1000; i++) { h.Update(i); }",
    },
}


def run(client, code):
    """Milliseconds from the request to its reply and the idle behind all output."""
    start = time.perf_counter()
    request = client.execute(code)
    reply = client.get_shell_msg(timeout=120)
    while reply["parent_header"].get("msg_id") != request:
        reply = client.get_shell_msg(timeout=120)
    assert reply["content"]["status"] == "ok", reply["content"]
    while True:
        message = client.get_iopub_msg(timeout=120)
        if message["parent_header"].get("msg_id") == request and message["content"].get("execution_state") == "idle":
            return (time.perf_counter() - start) * 1000


def resident(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))


def measure(name, figures):
    start = time.perf_counter()
    manager = KernelManager(kernel_name=name)
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=120)
    figures["info"].append((time.perf_counter() - start) * 1000)
    run(client, "1+1")
    figures["first"].append((time.perf_counter() - start) * 1000)
    figures["memory"].append(resident(manager.provisioner.process.pid))
    figures["small"].extend(run(client, "1+1") for _ in range(50))
    cells = CELLS[name]
    figures["new"].extend(run(client, f"{i}+1") for i in range(100, 150))
    figures["variable"].extend(run(client, cells["variable"] % (i, i)) for i in range(50))
    for what in ("stream", "updates"):
        run(client, cells[what])
        figures[what].extend(run(client, cells[what]) for _ in range(5))
    client.stop_channels()
    manager.shutdown_kernel(now=True)


rounds, names = int(sys.argv[1]), sys.argv[2:]
figures = {name: {what: [] for what in ("info", "first", "memory", "small", "new", "variable", "stream", "updates")} for name in names}
for _ in range(rounds):
    for name in names:
        measure(name, figures[name])
print(json.dumps({name: {what: statistics.median(values) for what, values in found.items()} for name, found in figures.items()}))
