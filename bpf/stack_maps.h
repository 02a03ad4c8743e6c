/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* What the stack sampler keeps in the kernel: two rings, plain hash maps that are emptied as tasks exit, and counters. */
#ifndef BPFI_STACK_MAPS_H
#define BPFI_STACK_MAPS_H

#include "stack_kernel.h"
#include "stack_records.h"
#include <bpfi/ring.bpf.h>

/* So that their layouts are in the BTF, where a test compares them with user space's. */
BPFI_EVENT(stack_fact);
BPFI_EVENT(stack_thread);
BPFI_EVENT(stack_process);
BPFI_EVENT(stack_mapping);
BPFI_EVENT(stack_file);
BPFI_EVENT(stack_head);
BPFI_EVENT(stack_refusal);
BPFI_EVENT(stack_request);
BPFI_EVENT(stack_end);

/* User space sets the sizes before the load. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} stack_samples SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} stack_facts SEC(".maps");

/* Ranges of an address space whose mapping was looked up and sent. */
#define STACK_CACHED_RANGES 8

struct stack_range {
	__u64 start;
	__u64 end;
};

enum stack_task_state {
	STACK_TASK_IDLE = 0,
	STACK_TASK_PENDING,	/* its frames wait to be looked up */
	STACK_TASK_WALKING,	/* they are being looked up */
};

/* A task that was sampled. Its frames are here because their look-up can be preempted, so that nothing of a CPU's will do. */
struct stack_task {
	struct bpf_task_work work;
	__u64 start;		/* tells apart tasks that have one tid after another */
	__u64 comm[2];
	__u64 mm;		/* of the frames */
	__u64 time;		/* of the sample */
	__u64 pid_of_exec;	/* the process's exec count that was told to user space */
	__u64 exec_mm;		/* the address space that an exec replaces; 0 outside of exec */
	__u64 exec_shares;	/* that one is a vfork parent's too */
	__u64 asked;		/* what user space was last asked of (the address space's size); see stack_ask() */
	__u32 state;
	__u32 frames;
	__u64 cached_mm;
	__u32 cached_sequence;
	__u32 next_range;
	struct stack_range ranges[STACK_CACHED_RANGES];
	__u64 frame[STACK_MAX_FRAMES];
};

/*
 * Plain: an LRU map's eviction would cancel the pending look-up. Not preallocated: to clear 12 MB was a fifteenth of a five-second capture's CPU time, and the kernel keeps a few
 * values for each CPU, so that one can be had in an interrupt (since 6.1); where none can, that is counted as if the map were full.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 8192);
	__type(key, __u32);
	__type(value, struct stack_task);
} stack_tasks SEC(".maps");

/* A new task's value. Bytes, since a global variable must not hold a bpf_task_work. */
const char stack_new_task[sizeof(struct stack_task)] = {};

struct stack_told {
	__u64 start;
	__u64 execs;
};

/* Processes that user space was told of. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 8192);
	__type(key, __u32);
	__type(value, struct stack_told);
} stack_processes SEC(".maps");

#define STACK_KNOWN_MAPPINGS 64	/* a power of two */

struct stack_known {
	__u64 start;
	__u64 end;
	__u64 offset;
	__u64 inode;
	__u64 changed;
	__u64 since;		/* the sample's time under which it was told */
	__u32 dev;
	__u32 generation;
};

/* The mappings of an address space as user space believes them to be. They never overlap: one that is sent drops those it overlaps. */
struct stack_mm {
	__u32 locked;
	__u32 stale;		/* something was sent while another held the lock: nothing here is known any more */
	__u32 walked;		/* the sequence number at which all code was told; 0 for never */
	__u32 oldest;
	struct stack_known known[STACK_KNOWN_MAPPINGS];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 8192);
	__type(key, __u64);
	__type(value, struct stack_mm);
} stack_mms SEC(".maps");

const struct stack_mm stack_new_mm = {};

/* Files whose path was sent. Losing one sends it again, which is right all the same: here an LRU map is in its place. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct stack_file_key);
	__type(value, __u32);
} stack_files SEC(".maps");

/* Where a sample is put together. */
struct stack_draft {
	struct stack_sample sample;
	__u64 frames[2 * STACK_MAX_FRAMES + 2];
};

/* Of the CPU: in an interrupt nothing else can come in between. */

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct stack_draft);
} stack_drafts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct stack_build_ids);
} stack_build_id_drafts SEC(".maps");

/* Of the task, for what takes samples where it can be preempted, and for one that is blocked: its sample is sent when it goes on. */
struct stack_own_draft {
	__u64 start;		/* the task's: tells apart those that have one tid after another */
	__u64 since;		/* when it was blocked; 0 while it runs */
	struct stack_draft draft;
};

/* User space makes it large when it is needed. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct stack_own_draft);
} stack_own_drafts SEC(".maps");

const struct stack_own_draft stack_new_draft = {};

/* By CPU, in user space's memory: polling maps by system call would stop the samples of those moments. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct stack_counters);
} stack_counts SEC(".maps");

static __always_inline struct stack_counters *stack_count(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&stack_counts, &cpu);
}

/* Atomic, because look-ups can be preempted between reading and writing. */
#define stack_add(counter)							\
	({									\
		struct stack_counters *stack_counts_of_cpu = stack_count();	\
		if (stack_counts_of_cpu)					\
			__sync_fetch_and_add(&stack_counts_of_cpu->counter, 1);	\
	})

/* Readers look by themselves every so often; they are woken only when a ring fills up. */
#define stack_wake(ring, size) (bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) > (size) / 4 ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP)

/* Whether look-ups can be put off here. Without, user space is asked to take the mappings. */
const volatile bool can_defer = true;

const volatile __u64 samples_size = 1 << 20;
const volatile __u64 facts_size = 1 << 20;

#define stack_fact_reserve(type)							\
	({										\
		type *stack_fact_record = bpf_ringbuf_reserve(&stack_facts, sizeof(type), 0);	\
		if (!stack_fact_record)							\
			stack_add(facts_dropped);					\
		stack_fact_record;							\
	})

#define stack_fact_send(record) bpf_ringbuf_submit(record, stack_wake(stack_facts, facts_size))

#endif
