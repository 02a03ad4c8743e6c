"""Measures Jupyter kernels in turns, by one client: kernels.py ROUNDS NAME.... Prints medians as JSON. Which cell does what in whose language is below."""

import json
import statistics
import sys
import time

from kernel_client import run, started

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
FIGURES = ("info", "first", "memory", "small", "new", "variable", "paced", "stream", "updates")


def resident(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))


def paced(client, code):
    time.sleep(0.5)  # a person; what a kernel does in between, it does while nobody waits
    return run(client, code)


def measure(name, figures):
    start = time.perf_counter()
    with started(name) as (manager, client):
        figures["info"].append((time.perf_counter() - start) * 1000)
        run(client, "1+1")
        figures["first"].append((time.perf_counter() - start) * 1000)
        figures["memory"].append(resident(manager.provisioner.process.pid))
        cells = CELLS[name]
        figures["small"].extend(run(client, "1+1") for _ in range(50))
        figures["new"].extend(run(client, f"{i}+1") for i in range(100, 150))
        figures["variable"].extend(run(client, cells["variable"] % (i, i)) for i in range(50))
        figures["paced"].extend(paced(client, f"{i}+1") for i in range(200, 220))
        for what in ("stream", "updates"):
            run(client, cells[what])
            figures[what].extend(run(client, cells[what]) for _ in range(5))


rounds, names = int(sys.argv[1]), sys.argv[2:]
found = {name: {what: [] for what in FIGURES} for name in names}
for _ in range(rounds):
    for name in names:
        measure(name, found[name])
print(json.dumps({name: {what: statistics.median(values) for what, values in figures.items()} for name, figures in found.items()}))
