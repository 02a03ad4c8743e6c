"""What both clients do: a kernel started as Jupyter starts it, and a cell run and waited for."""

import contextlib
import time

from jupyter_client.manager import KernelManager


@contextlib.contextmanager
def started(name):
    """The kernel's manager and its client, once it has answered."""
    manager = KernelManager(kernel_name=name)
    manager.start_kernel()
    client = manager.client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=120)
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


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
