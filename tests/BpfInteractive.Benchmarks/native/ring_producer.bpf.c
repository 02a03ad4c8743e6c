// SPDX-License-Identifier: MIT
// Fills a ring with 64-byte records: what the readers of the ring benchmark are measured on.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct event {
	__u64 time;
	__u32 pid;
	__u32 tid;
	char comm[16];
	__u64 number;
	int ret;
	__u32 pad[5];
};

/* What a decoder takes of it: the first six fields. */
struct columns {
	__u64 time;
	__u32 pid;
	__u32 tid;
	char comm[16];
	__u64 number;
	int ret;
};

struct args {
	__u64 first;
	__u32 count;
	__u32 flags;
	__u64 dropped;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 << 20);
} events SEC(".maps");

static __attribute__((used, noinline)) void keep(struct columns *columns) { (void)columns; }

static long send(__u32 index, struct args *args)
{
	__u64 number = args->first + index;
	__u32 name = (__u32)(number * 2654435761u) >> 26; /* 64 distinct */
	struct event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);

	if (!e) {
		args->dropped++;
		return 0;
	}
	e->time = number;
	e->pid = number & 1023;
	e->tid = number & 8191;
	*(__u64 *)e->comm = 0x2d72656b726f77ULL; /* "worker-" */
	*(__u64 *)(e->comm + 8) = 0;
	e->comm[7] = '0' + (name & 7);
	e->comm[8] = '0' + (name >> 3);
	e->number = number * 3;
	e->ret = -(int)(number & 63);
	e->pad[0] = e->pad[1] = e->pad[2] = e->pad[3] = e->pad[4] = 0;
	bpf_ringbuf_submit(e, args->flags);
	return 0;
}

SEC("syscall") int fill(struct args *context)
{
	/* Field by field: clang would load count and flags as one word, and the verifier's inlined bpf_loop compares all 64 bits of the count. */
	struct args args = { .first = context->first, .flags = context->flags };

	bpf_loop(context->count, send, &args, 0);
	context->dropped = args.dropped;
	return 0;
}

char _license[] SEC("license") = "Dual MIT/GPL";
