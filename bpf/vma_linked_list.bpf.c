/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * Engine `linked-list`, before Linux 6.1: follow mm->mmap and vma->vm_next with CO-RE reads. It is how tools did it before there was any
 * way that the kernel supports, and it broke with 6.1, when the maple tree took the list's place (763ecb035029).
 */
#include "vma_linked_list.h"

SEC("iter/task")
int vma_walk_linked_list(struct bpf_iter__task *context)
{
	__u64 began = bpf_ktime_get_ns();
	struct task_struct *task = context->task;
	struct vma_walk *walk = vma_request();
	struct vm_area_struct___list *vma = 0;

	if (!task || !walk || !vma_is_requested(walk, task))
		return 0;
	vma_start(walk, task);
	if (bpf_core_field_exists(vma->vm_next))
		vma_list_walk(walk, (__u64)BPF_CORE_READ(task, mm));
	else
		walk->error = -EOPNOTSUPP;
	vma_finish(walk, began);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
