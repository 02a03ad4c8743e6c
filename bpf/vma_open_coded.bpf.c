/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * Engine `open-coded`, Linux 6.7 and later: the kernel's iterator over a task's VMAs, used as a loop inside a program.
 *
 * Any program type may use it. Here a SEC("syscall") program, which user space runs when it wants (BPF_PROG_TEST_RUN), walks one process.
 */
#include "vma_walk.h"

SEC("syscall")
int vma_walk_open_coded(struct vma_walk *walk)
{
	__u64 began = bpf_ktime_get_ns();
	struct task_struct *task = vma_task_of(walk);
	struct bpf_iter_task_vma it;
	struct vm_area_struct *vma;

	if (!task)
		return 0;
	vma_start(walk, task);
	walk->one_moment = vma_iterator_holds_lock();

	/* -ENOENT without an address space; -EBUSY with interrupts off and, while it takes mmap_lock, when a writer has that. */
	walk->error = bpf_iter_task_vma_new(&it, task, walk->from);
	while ((vma = bpf_iter_task_vma_next(&it))) {
		if (!vma_visit(walk, vma))
			break;
	}
	bpf_iter_task_vma_destroy(&it);	/* must be called, even when _new failed */

	bpf_task_release(task);
	vma_finish(walk, began);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
