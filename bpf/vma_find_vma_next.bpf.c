/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * Engine `find-vma-next`, Linux 6.7 and later: the VMA at an address or the closest one after it. bpf_find_vma() finds only the former; a
 * flag for the latter (BPF_F_VMA_NEXT) was proposed in 2023 and not merged, because the open-coded iterator came instead: it starts at an
 * address, so that its first step is this very look-up.
 *
 * A look-up at a time, each VMA is a moment of its own, and nothing is held in between.
 */
#include "vma_walk.h"

enum { NO_VMA, VISITED, FULL };

/* Looks up one VMA and visits it. The iterator hands out a pointer that is good until it is destroyed, so the visit is in between. */
static __always_inline int visit_next(struct vma_walk *walk, struct task_struct *task)
{
	struct bpf_iter_task_vma it;
	int result = NO_VMA;

	walk->error = bpf_iter_task_vma_new(&it, task, walk->from);
	struct vm_area_struct *vma = bpf_iter_task_vma_next(&it);
	if (vma)
		result = vma_visit(walk, vma) ? VISITED : FULL;
	bpf_iter_task_vma_destroy(&it);
	return result;
}

SEC("syscall")
int vma_walk_find_vma_next(struct vma_walk *walk)
{
	__u64 began = bpf_ktime_get_ns();
	struct task_struct *task = vma_task_of(walk);
	struct bpf_iter_num steps;
	int result = VISITED;

	if (!task)
		return 0;
	vma_start(walk, task);
	bpf_iter_num_new(&steps, 0, VMA_MAX_RECORDS);
	while (bpf_iter_num_next(&steps)) {
		result = visit_next(walk, task);
		if (result != VISITED)
			break;
	}
	bpf_iter_num_destroy(&steps);
	if (result == VISITED)
		walk->complete = 0;
	bpf_task_release(task);
	vma_finish(walk, began);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
