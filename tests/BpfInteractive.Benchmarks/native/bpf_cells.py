"""Measures BPF cells in a notebook's kernel: bpf_cells.py ROUNDS. Prints medians as JSON."""

import json
import random
import statistics
import sys
import time

from kernel_client import run, started

CELL = """#!bpf --name %s
const volatile u32 target_pid;
u64 seen;

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 1024);
    __type(key, u32);
    __type(value, u64);
} by_pid SEC(".maps");

SEC("tracepoint/syscalls/sys_enter_getpgid")
int on_call(void *ctx)
{
    u32 pid = bpf_get_current_pid_tgid() >> 32;
    u64 one = %d, *count = bpf_map_lookup_elem(&by_pid, &pid);

    __sync_fetch_and_add(&seen, one);
    if (count)
        __sync_fetch_and_add(count, one);
    else
        bpf_map_update_elem(&by_pid, &pid, &one, BPF_ANY);
    return 0;
}
"""

rounds = int(sys.argv[1])
salt = random.randrange(1 << 40)  # so that the cache of compiled text has none of them from a run before


def median(texts):
    times = [run(client, text) for text in texts]
    return statistics.median(times[1:])  # the first makes what the others replace


with started("bpfi") as (_, client):
    run(client, "1+1")
    time.sleep(2)  # the kernel warms its completion, as it does while a person types
    figures = {"first": run(client, CELL % ("first", salt))}
    figures["new"] = median(CELL % (f"fresh{i}", salt + i) for i in range(1, rounds + 2))
    figures["changed"] = median(CELL % ("same", salt + i) for i in range(100, rounds + 101))
    figures["unchanged"] = median(CELL % ("same", salt) for _ in range(rounds + 1))
print(json.dumps(figures))
