/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * Engine `task-vma-iter`, Linux 5.12 and later: a program that the kernel runs for each VMA while user space reads a seq file. By pid
 * since 6.1; before, and for all processes at once, it meets every task and picks.
 *
 * The kernel holds mmap_lock for as long as one read() fills its buffer, and lets go when a writer waits: more than one moment.
 */
#include "vma_walk.h"

const volatile __u32 only_filter = 0;

/* What the file holds: this, then name.length bytes of text when the name is a new one. */
struct vma_row {
	struct vma_record record;
	__u32 host_pid;
	__u32 has_name;
};

struct vma_row_name {
	struct vma_name name;
};

struct vma_walk request;
__u64 session;

static __always_inline int write_name(struct seq_file *seq, __u32 index)
{
	__u32 zero = 0;
	struct vma_name *name = bpf_map_lookup_elem(&vma_names, &index);
	struct vma_text *text = bpf_map_lookup_elem(&vma_texts, &zero);
	if (!name || !text)
		return -1;
	__u32 at = name->text, length = name->length;
	if (at > VMA_TEXT_SIZE - VMA_MAX_DEPTH * VMA_TEXT_PIECE || length > VMA_MAX_DEPTH * VMA_TEXT_PIECE)
		return -1;
	if (bpf_seq_write(seq, name, sizeof(*name)))
		return -1;
	return length ? bpf_seq_write(seq, &text->bytes[at], length) : 0;
}

SEC("iter/task_vma")
int vma_walk_task_iter(struct bpf_iter__task_vma *context)
{
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
