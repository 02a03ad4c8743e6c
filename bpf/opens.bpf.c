// SPDX-License-Identifier: MIT
/*
 * Shows the files that this machine opens, and counts them by process.
 *
 *	sudo scripts/bpfi trace bpf/opens.bpf.c --duration 5
 *
 * Two programs watch openat(2), the call behind nearly every open. The first runs when it is entered and keeps its arguments; the second runs
 * when it returns, knows the outcome, and sends an event. The path is read at the end: by then the kernel itself has read it, so it is in
 * memory, where at the start it may not be.
 *
 * vmlinux.h and the helpers' headers are included by the compiler of bpfi.
 */
#include <bpfi/ring.bpf.h>

/* Only this process, when it is set before load: bpfi trace --pid PID. */
const volatile u32 target_pid = 0;

/* Not this process: bpfi trace sets it to itself, unless --include-self is given. */
const volatile u32 ignored_pid = 0;

/* An enum shows as the name of its value, and as a number where it has none. */
enum access { RDONLY, WRONLY, RDWR };

enum outcome {
	OK = 0, EPERM = 1, ENOENT = 2, EINTR = 4, EIO = 5, ENXIO = 6, EAGAIN = 11, ENOMEM = 12, EACCES = 13, EBUSY = 16, EEXIST = 17, ENODEV = 19,
	ENOTDIR = 20, EISDIR = 21, EINVAL = 22, ENFILE = 23, EMFILE = 24, ETXTBSY = 26, EFBIG = 27, ENOSPC = 28, EROFS = 30, ENAMETOOLONG = 36, ELOOP = 40,
};

/* What user space gets: each member is a column of the table. */
struct event {
	u32 pid;
	char comm[16];
	enum outcome outcome;
	s32 fd;			/* -1 when the file was not opened */
	enum access access;
	char path[128];
};
BPFI_EVENT(event);
BPFI_RING(events, 1 << 20);

/* How often each process opened files. It is shown at the end; what did not fit is counted beside it. */
struct process {
	u32 pid;
	char comm[16];
};

struct tally {
	u64 opens;
	u64 failed;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, struct process);
	__type(value, struct tally);
} counts SEC(".maps");
BPFI_RING_DROPS(counts);

/* Calls that have not returned yet, by thread. A name with an underscore before it: nobody is to see it. */
struct call {
	const char *path;
	u32 flags;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, u64);
	__type(value, struct call);
} _calls SEC(".maps");

SEC("tracepoint/syscalls/sys_enter_openat")
int enter(struct trace_event_raw_sys_enter *ctx)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct call call = {
		.path = (const char *)ctx->args[1],
		.flags = ctx->args[2],
	};

	if (thread >> 32 == ignored_pid)
		return 0;
	if (!target_pid || thread >> 32 == target_pid)
		bpf_map_update_elem(&_calls, &thread, &call, BPF_ANY);
	return 0;
}

static void count(bool failed)
{
	struct process process = { .pid = bpf_get_current_pid_tgid() >> 32 };
	struct tally none = {}, *tally;

	bpf_get_current_comm(process.comm, sizeof(process.comm));
	bpf_map_update_elem(&counts, &process, &none, BPF_NOEXIST);
	tally = bpf_map_lookup_elem(&counts, &process);
	if (!tally) {
		bpfi_count_drop(&counts_drops);
		return;
	}
	__sync_fetch_and_add(&tally->opens, 1);
	if (failed)
		__sync_fetch_and_add(&tally->failed, 1);
}

SEC("tracepoint/syscalls/sys_exit_openat")
int leave(struct trace_event_raw_sys_exit *ctx)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct call *call = bpf_map_lookup_elem(&_calls, &thread);
	struct event *event;

	if (!call)
		return 0;
	count(ctx->ret < 0);
	event = bpfi_ring_reserve(events, sizeof(*event));
	if (event) {
		event->pid = thread >> 32;
		bpf_get_current_comm(event->comm, sizeof(event->comm));
		event->outcome = ctx->ret < 0 ? -ctx->ret : OK;
		event->fd = ctx->ret < 0 ? -1 : ctx->ret;
		event->access = call->flags & 3;
		if (bpf_probe_read_user_str(event->path, sizeof(event->path), call->path) < 0)
			event->path[0] = 0;
		bpf_ringbuf_submit(event, 0);
	}
	bpf_map_delete_elem(&_calls, &thread);
	return 0;
}
