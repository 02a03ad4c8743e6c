/* SPDX-License-Identifier: MIT */
/*
 * Ring buffers that count what they could not take. The kernel does not: a reserve in a full ring fails, and nothing tells the reader.
 *
 *	struct event { __u32 pid; char comm[16]; };
 *	BPFI_EVENT(event);
 *	BPFI_RING(events, 1 << 20);
 *
 *	struct event *e = bpfi_ring_reserve(events, sizeof(*e));
 *	if (!e)
 *		return 0;
 *	...
 *	bpf_ringbuf_submit(e, 0);
 *
 * The reader finds the counts in the map NAME_drops and shows them, per CPU, with the rows. Include vmlinux.h (or linux/bpf.h) and
 * bpf/bpf_helpers.h before this file; the library's own compiler does.
 */
#ifndef BPFI_RING_BPF_H
#define BPFI_RING_BPF_H

/* Declares the ring buffer NAME of SIZE bytes (a power of two, at least a page) and, beside it, the counter of its drops. */
#define BPFI_RING(name, size)						\
	struct {							\
		__uint(type, BPF_MAP_TYPE_RINGBUF);			\
		__uint(max_entries, size);				\
	} name SEC(".maps");						\
	BPFI_RING_DROPS(name)

/* The counter alone, for a ring that is declared in another way. */
#define BPFI_RING_DROPS(name)						\
	struct {							\
		__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);		\
		__uint(max_entries, 1);					\
		__type(key, __u32);					\
		__type(value, __u64);					\
	} name##_drops SEC(".maps")

/*
 * Keeps struct NAME in the object's BTF, so that the reader knows the event's fields. clang leaves out a struct that no map, global or function
 * mentions, and a local variable does not count. The function is never called.
 */
#define BPFI_EVENT(name)						\
	static __attribute__((used, noinline)) void bpfi_event_##name(struct name *event) { (void)event; }	\
	struct name

/* bpf_ringbuf_reserve, a failure of which is counted. */
#define bpfi_ring_reserve(name, size)					\
	({								\
		void *bpfi_record = bpf_ringbuf_reserve(&name, size, 0);	\
		if (!bpfi_record)					\
			bpfi_count_drop(&name##_drops);			\
		bpfi_record;						\
	})

/* bpf_ringbuf_output, a failure of which is counted. */
#define bpfi_ring_output(name, data, size)				\
	({								\
		long bpfi_error = bpf_ringbuf_output(&name, data, size, 0);	\
		if (bpfi_error)						\
			bpfi_count_drop(&name##_drops);			\
		bpfi_error;						\
	})

/* Atomic, because an NMI may interrupt the program between reading and writing its CPU's number. */
static __always_inline void bpfi_count_drop(void *drops)
{
	__u32 zero = 0;
	__u64 *count = bpf_map_lookup_elem(drops, &zero);

	if (count)
		__sync_fetch_and_add(count, 1);
}

#endif
