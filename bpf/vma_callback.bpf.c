/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * Engine `callback`, Linux 6.7 and later: "call me for each VMA", the helper that the kernel never got (bpf_for_each_vma was proposed
 * when bpf_find_vma was), made of the open-coded iterator in a dozen lines.
 *
 * BPF has no function pointers, but clang folds a callback that is known where for_each_vma() is used: no call is left.
 */
#include "vma_walk.h"

typedef int (*vma_callback)(struct vm_area_struct *vma, void *data);

/* Calls `callback` for each VMA of a task from an address on, in order, until it gives 0. Gives a negative errno if the kernel refuses. */
static __always_inline int for_each_vma(struct task_struct *task, __u64 from, vma_callback callback, void *data)
{
	struct bpf_iter_task_vma it;
	struct vm_area_struct *vma;
	int error = bpf_iter_task_vma_new(&it, task, from);

	while ((vma = bpf_iter_task_vma_next(&it))) {
		if (!callback(vma, data))
			break;
	}
	bpf_iter_task_vma_destroy(&it);
	return error;
}

static __always_inline int visit(struct vm_area_struct *vma, void *data)
{
	return vma_visit(data, vma);
}

SEC("syscall")
int vma_walk_callback(struct vma_walk *walk)
{
	__u64 began = bpf_ktime_get_ns();
	struct task_struct *task = vma_task_of(walk);

	if (!task)
		return 0;
	vma_start(walk, task);
	walk->one_moment = vma_iterator_holds_lock();
	walk->error = for_each_vma(task, walk->from, visit, walk);
	bpf_task_release(task);
	vma_finish(walk, began);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
