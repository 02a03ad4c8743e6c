/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * Not an engine: shows why none works in an interrupt. A perf_event program runs with interrupts off, in the middle of anything.
 *
 * To let go of a lock, or to free, the kernel might have to do what it cannot do there, and puts that off to an irq_work, of which each CPU
 * has one. So bpf_find_vma() works once in an interrupt and then says -EBUSY, and the open-coded iterator says -EBUSY at once (6.18) or
 * after the first. Defer the walk instead: bpf_task_work_schedule_resume() (6.18) runs a function with interrupts on before the task
 * returns to user space; before that, send the pid through a ring buffer and let user space run a SEC("syscall") walk.
 */
#include "vma_kernel.h"

struct vma_interrupt_counts {
	__u64 samples;		/* with an address space to look at */
	__u64 walks;		/* open-coded iterators tried */
	__u64 walks_busy;
	__u64 finds;		/* first bpf_find_vma() of an interrupt */
	__u64 finds_busy;
	__u64 second_finds;	/* and the one after it */
	__u64 second_finds_busy;
	__u64 vmas;		/* found by any */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct vma_interrupt_counts);
} vma_interrupts SEC(".maps");

#define add(counter, number) __sync_fetch_and_add(&counts->counter, number)

static long found(struct task_struct *task, struct vm_area_struct *vma, void *data)
{
	*(__u64 *)data += 1;
	return 0;
}

static __always_inline void try_walk(struct vma_interrupt_counts *counts, struct task_struct *task)
{
	struct bpf_iter_task_vma it;

	if (!bpf_iter_task_vma_new)
		return;
	add(walks, 1);
	if (bpf_iter_task_vma_new(&it, task, 0) == -EBUSY)
		add(walks_busy, 1);
	if (bpf_iter_task_vma_next(&it))
		add(vmas, 1);
	bpf_iter_task_vma_destroy(&it);
}

static __always_inline void try_find(struct vma_interrupt_counts *counts, struct task_struct *task)
{
	__u64 stack = BPF_CORE_READ(task, mm, start_stack), vmas = 0;

	add(finds, 1);
	if (bpf_find_vma(task, stack, found, &vmas, 0) == -EBUSY)
		add(finds_busy, 1);
	add(second_finds, 1);
	if (bpf_find_vma(task, stack, found, &vmas, 0) == -EBUSY)
		add(second_finds_busy, 1);
	add(vmas, vmas);
}

SEC("perf_event")
int vma_try_in_interrupt(void *context)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 zero = 0;
	struct vma_interrupt_counts *counts = bpf_map_lookup_elem(&vma_interrupts, &zero);

	if (!counts || !task->mm)
		return 0;
	/* By turns, since one would be refused on the other's account. */
	if (__sync_fetch_and_add(&counts->samples, 1) & 1)
		try_walk(counts, task);
	else
		try_find(counts, task);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
