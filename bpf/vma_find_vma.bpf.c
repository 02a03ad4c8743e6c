/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * Engine `find-vma`, Linux 5.17 and later: bpf_find_vma() calls a function with the VMA that holds one address.
 *
 * It cannot walk an address space: where no VMA holds the address it says -ENOENT and not which is next, so a loop would have to try
 * every page of 2^47. It takes mmap_lock only if that is free (-EBUSY else). In an interrupt it works once: the unlocking is put off to an
 * irq_work of which each CPU has one, so a second look-up, or a stack with build ids before it, gets -EBUSY.
 *
 * SEC("iter/task"), because a task by its pid needs bpf_task_from_pid (6.2) elsewhere. User space reads the iterator once; the program
 * writes into the tables and not into the file.
 */
#include "vma_walk.h"

static long visit(struct task_struct *task, struct vm_area_struct *vma, void *data)
{
	struct vma_walk *walk = vma_request();
	if (walk)
		vma_visit(walk, vma);
	return 0;
}

SEC("iter/task")
int vma_walk_find_vma(struct bpf_iter__task *context)
{
	__u64 began = bpf_ktime_get_ns();
	struct task_struct *task = context->task;
	struct vma_walk *walk = vma_request();

	if (!task || !walk || !vma_is_requested(walk, task))
		return 0;
	vma_start(walk, task);
	walk->one_moment = 1;
	walk->error = bpf_find_vma(task, walk->from, visit, &began /* must be memory on the stack; not used */, 0);
	vma_finish(walk, began);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
