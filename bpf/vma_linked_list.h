/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * The walk of engine `linked-list`: mm->mmap, then vm_next, as kernels before 6.1 had them.
 *
 * No lock is held, and none can be taken: a VMA that is freed while we stand on it leads into nowhere. Reads by probe cannot hurt the
 * kernel, and addresses that do not rise end the walk.
 */
#ifndef BPFI_VMA_LINKED_LIST_H
#define BPFI_VMA_LINKED_LIST_H

#define VMA_BY_ADDRESS
#include "vma_walk.h"

struct vma_list_walk {
	struct vma_walk *walk;
	__u64 vma;
};

static long vma_list_step(__u32 step, void *data)
{
	struct vma_list_walk *list = data;
	struct vm_area_struct *vma = (void *)list->vma;
	struct vm_area_struct___list *link = (void *)list->vma;
	__u64 end = BPF_CORE_READ(vma, vm_end);

	if (end > list->walk->from) {
		if (!vma_visit(list->walk, vma))
			return 1;
	} else if (list->walk->seen) {
		list->walk->error = -EBUSY;
		return 1;
	}
	list->vma = (__u64)BPF_CORE_READ(link, vm_next);
	return !list->vma;
}

static __always_inline void vma_list_walk(struct vma_walk *walk, __u64 mm)
{
	struct mm_struct___list *head = (void *)mm;
	struct vma_list_walk list = { .walk = walk, .vma = (__u64)BPF_CORE_READ(head, mmap) };

	if (list.vma)
		bpf_loop(VMA_MAX_RECORDS, vma_list_step, &list, 0);
}

#endif
