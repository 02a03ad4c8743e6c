/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* What every SEC("syscall") engine does around its walk: find the task, say who it is, empty the tables, say what was done. */
#ifndef BPFI_VMA_WALK_H
#define BPFI_VMA_WALK_H

#include "vma_record.h"

/* Who this is. */
static __always_inline void vma_describe_task(struct vma_task *who, struct task_struct *task)
{
	struct pid *pid = task->thread_pid;
	__u64 comm[2];

	if (task->flags & PF_KTHREAD)
		who->state = VMA_TASK_KERNEL;
	else
		who->state = task->mm ? VMA_TASK_USER : VMA_TASK_EXITED;
	who->host_pid = task->tgid;
	who->ns_pid = 0;
	who->start_ns = task->start_boottime;
	bpf_probe_read_kernel(comm, sizeof(comm), task->comm);	/* by way of the stack: helpers do not write into a context */
	who->comm[0] = comm[0];
	who->comm[1] = comm[1];
	if (pid) {
		__u32 level = BPF_CORE_READ(pid, level);
		struct upid *own = (void *)pid + bpf_core_field_offset(struct pid, numbers) + level * bpf_core_type_size(struct upid);
		who->ns_pid = BPF_CORE_READ(own, nr);
	}
}

/* Empties the tables for a new walk, and notes the caller's root. */
static __always_inline void vma_begin(void)
{
	struct task_struct *caller = (void *)bpf_get_current_task();
	vma_filled.walk++;
	vma_filled.records = 0;
	vma_filled.names = 0;
	vma_filled.text = 0;
	vma_filled.root_mount = (__u64)BPF_CORE_READ(caller, fs, root.mnt);
	vma_filled.root_dentry = (__u64)BPF_CORE_READ(caller, fs, root.dentry);
}

static __always_inline void vma_finish(struct vma_walk *walk, __u64 began)
{
	walk->records = vma_filled.records;
	walk->names = vma_filled.names;
	walk->text = vma_filled.text;
	walk->kernel_ns = bpf_ktime_get_ns() - began;
}

/* One VMA of a walk: counts it, and adds it if it is wanted. Gives 0 when a table is full and the walk must stop before it. */
static __always_inline int vma_visit(struct vma_walk *walk, struct vm_area_struct *vma)
{
	if (vma_is_wanted(vma, walk->filter)) {
		if ((walk->limit && vma_filled.records >= walk->limit) || !vma_record_add(vma)) {
			walk->complete = 0;
			return 0;
		}
	}
	walk->seen++;
	walk->from = vma_get(vma, vm_end);
	return 1;
}

/* The task with a pid of the caller's pid namespace. The caller must release it. */
static __always_inline struct task_struct *vma_task_of(struct vma_walk *walk)
{
	struct task_struct *caller = (void *)bpf_get_current_task();
	if (BPF_CORE_READ(caller, thread_pid, level) == 0)
		return bpf_task_from_pid(walk->pid);
	if (bpf_task_from_vpid)
		return bpf_task_from_vpid(walk->pid);
	walk->error = -EOPNOTSUPP;
	return 0;
}

#endif
