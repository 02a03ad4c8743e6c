/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * Engine `linked-list`, before Linux 6.1: follow mm->mmap and vma->vm_next with CO-RE reads. It is how tools did it before there was any
 * way that the kernel supports, and it broke with 6.1, when the maple tree took the list's place (763ecb035029).
 */
#include "vma_linked_list.h"

struct vma_walk request;

SEC("iter/task")
int vma_walk_linked_list(struct bpf_iter__task *context)
{
	__u64 began = bpf_ktime_get_ns();
	struct task_struct *task = context->task;
	struct vm_area_struct___list *vma = 0;

	if (!task || !vma_is_requested(&request, task))
		return 0;
	vma_reset(&request, task);
	if (bpf_core_field_exists(vma->vm_next))
		vma_list_walk(&request, (__u64)BPF_CORE_READ(task, mm));
	else
		request.error = -EOPNOTSUPP;
	vma_finish(&request, began);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
