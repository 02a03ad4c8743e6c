// SPDX-License-Identifier: MIT
// The peer of the ring benchmark: libbpf's ring_buffer with a C callback, once for a sum and once into six columns; and the run of the producer.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct event {
	uint64_t time;
	uint32_t pid, tid;
	char comm[16];
	uint64_t number;
	int ret;
	uint32_t pad[5];
};

struct args {
	uint64_t first;
	uint32_t count, flags;
	uint64_t dropped;
};

#define CAPACITY (1u << 20)
#define SLOTS 4096

static struct ring_buffer *sum_ring, *column_ring;
static uint64_t sum;
static struct {
	uint64_t *time, *number;
	uint32_t *pid, *tid, *comm;
	int *ret;
	uint32_t count;
	uint64_t low[SLOTS], high[SLOTS];
	uint32_t code[SLOTS], codes;
} columns;

static int on_sum(void *context, void *data, size_t length)
{
	(void)context, (void)length;
	sum += ((struct event *)data)->number;
	return 0;
}

static uint32_t code_of(uint64_t low, uint64_t high)
{
	uint32_t slot = (((low * 0x9E3779B97F4A7C15ull) ^ (high * 0xC2B2AE3D27D4EB4Full)) >> 40) & (SLOTS - 1);

	for (;; slot = (slot + 1) & (SLOTS - 1)) {
		if (!columns.code[slot]) {
			columns.low[slot] = low;
			columns.high[slot] = high;
			columns.code[slot] = ++columns.codes;
			return columns.codes - 1;
		}
		if (columns.low[slot] == low && columns.high[slot] == high)
			return columns.code[slot] - 1;
	}
}

static int on_columns(void *context, void *data, size_t length)
{
	struct event *e = data;
	uint32_t row = columns.count++;
	uint64_t low, high;

	(void)context, (void)length;
	columns.time[row] = e->time;
	columns.pid[row] = e->pid;
	columns.tid[row] = e->tid;
	memcpy(&low, e->comm, 8);
	memcpy(&high, e->comm + 8, 8);
	columns.comm[row] = code_of(low, high);
	columns.number[row] = e->number;
	columns.ret[row] = e->ret;
	return 0;
}

static void *touched(size_t bytes)
{
	return memset(aligned_alloc(4096, bytes), 1, bytes);
}

int peer_open(int ring)
{
	columns.time = touched(CAPACITY * 8);
	columns.number = touched(CAPACITY * 8);
	columns.pid = touched(CAPACITY * 4);
	columns.tid = touched(CAPACITY * 4);
	columns.comm = touched(CAPACITY * 4);
	columns.ret = touched(CAPACITY * 4);
	sum_ring = ring_buffer__new(ring, on_sum, NULL, NULL);
	column_ring = ring_buffer__new(ring, on_columns, NULL, NULL);
	return sum_ring && column_ring ? 0 : -1;
}

/* How many did not fit, or a negative errno. */
long peer_fill(int program, uint64_t first, uint32_t count)
{
	struct args args = { .first = first, .count = count, .flags = BPF_RB_NO_WAKEUP };
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = &args, .ctx_size_in = sizeof(args));
	int error = bpf_prog_test_run_opts(program, &options);

	return error ? error : (long)args.dropped;
}

int peer_drain_sum(uint64_t *result)
{
	int count;

	sum = 0;
	count = ring_buffer__consume(sum_ring);
	*result = sum;
	return count;
}

int peer_drain_columns(void)
{
	columns.count = 0;
	return ring_buffer__consume(column_ring);
}
