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

/* The request and its answer. It lives in .bss, which user space has mapped, since an iterator takes no context. */
struct vma_walk request;

static long visit(struct task_struct *task, struct vm_area_struct *vma, void *data)
{
	vma_visit(data, vma);
	return 0;
}

SEC("iter/task")
int vma_walk_find_vma(struct bpf_iter__task *context)
{
	__u64 began = bpf_ktime_get_ns();
	struct task_struct *task = context->task;

	if (!task || !vma_is_requested(&request, task))
		return 0;
	vma_reset(&request, task);
	request.one_moment = 1;
	request.error = bpf_find_vma(task, request.from, visit, &request, 0);
	vma_finish(&request, began);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
