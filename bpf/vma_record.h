/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* From a vm_area_struct of the kernel to a row of the snapshot. */
#ifndef BPFI_VMA_RECORD_H
#define BPFI_VMA_RECORD_H

#include "vma_name.h"

#define VM_EXEC 0x4
#define VM_MAYSHARE 0x80
#define PF_KTHREAD 0x00200000

extern int LINUX_KERNEL_VERSION __kconfig;

/* Until 6.6 a VMA that only touched the heap was called [heap] too. Nothing in the BTF tells, hence the version. */
static __always_inline int vma_is_heap(__u64 start, __u64 end, struct mm_struct *mm)
{
	if (LINUX_KERNEL_VERSION >= 0x60600)
		return start < vma_get(mm, brk) && end > vma_get(mm, start_brk);
	return start <= vma_get(mm, brk) && end >= vma_get(mm, start_brk);
}

static __always_inline int vma_is_wanted(struct vm_area_struct *vma, __u32 filter)
{
	if ((filter & VMA_ONLY_EXEC) && !(vma_get(vma, vm_flags) & VM_EXEC))
		return 0;
	return !(filter & VMA_ONLY_FILE) || vma_get(vma, vm_file);
}

/* The rest of a record whose VMA maps no file. Gives 0 when a table is full. */
static __always_inline int vma_describe_memory(struct vma_record *record, struct vm_area_struct *vma)
{
	const struct vm_operations_struct *operations = vma_get(vma, vm_ops);
	struct mm_struct *mm = vma_get(vma, vm_mm);
	record->page_offset = 0;
	record->name = 0;
	if (operations && vma_get(operations, name)) {
		/* Only special mappings name themselves and have no file: special_mapping_name() in mm/mmap.c. */
		struct vm_special_mapping *special = vma_get(vma, vm_private_data);
		record->name = vma_string_name((__u64)BPF_CORE_READ(special, name), VMA_NAME_SPECIAL);
		return record->name;
	}
	if (vma_is_heap(record->start, record->end, mm)) {
		record->flags |= VMA_FLAG_HEAP;
		return 1;
	}
	if (record->start <= vma_get(mm, start_stack) && record->end >= vma_get(mm, start_stack)) {
		record->flags |= VMA_FLAG_STACK;
		return 1;
	}
	__u64 given = vma_given_name(vma);
	if (given)
		record->name = vma_string_name(given, VMA_NAME_ANON);
	return !given || record->name;
}

/* Fills in a record. Gives 0 when a table is full: the VMA must then be met again, with empty tables. */
static __always_inline int vma_describe(struct vma_record *record, struct vm_area_struct *vma)
{
	__u64 flags = vma_get(vma, vm_flags);
	struct file *file = vma_get(vma, vm_file);
	record->start = vma_get(vma, vm_start);
	record->end = vma_get(vma, vm_end);
	record->flags = (flags & (VMA_FLAG_READ | VMA_FLAG_WRITE | VMA_FLAG_EXEC)) | (flags & VM_MAYSHARE ? VMA_FLAG_SHARED : 0);
	if (!file)
		return vma_describe_memory(record, vma);
	record->page_offset = vma_get(vma, vm_pgoff);
	record->flags |= VMA_FLAG_FILE;
	record->name = vma_file_name(vma, file);
	return record->name;
}

/* Adds a VMA to the tables. Gives 0 when they are full. */
static __always_inline int vma_record_add(struct vm_area_struct *vma)
{
	__u32 index = vma_filled.records;
	struct vma_record *record = bpf_map_lookup_elem(&vma_records, &index);
	if (!record || !vma_describe(record, vma))
		return 0;
	vma_filled.records = index + 1;
	return 1;
}

#endif
