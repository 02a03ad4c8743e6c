/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* What the engines do around their walk: find the task, say who it is, empty the tables, visit, say what was done. */
#ifndef BPFI_VMA_WALK_H
#define BPFI_VMA_WALK_H

#include "vma_record.h"

/* What is asked of an iterator program, and its answer: an iterator takes no arguments. User space has it mapped. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct vma_walk);
} vma_requests SEC(".maps");

static __always_inline struct vma_walk *vma_request(void)
{
	__u32 zero = 0;
	return bpf_map_lookup_elem(&vma_requests, &zero);
}

/* A task's pid in the pid namespace of a level: 0 is the first, where every task has one. */
static __always_inline __u32 vma_pid_at(struct task_struct *task, __u32 level)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	if (!pid)
		return 0;
	struct upid *entry = (void *)pid + bpf_core_field_offset(struct pid, numbers) + level * bpf_core_type_size(struct upid);
	return BPF_CORE_READ(entry, nr);
}

static __always_inline __u32 vma_pid_level(struct task_struct *task)
{
	return BPF_CORE_READ(task, thread_pid, level);
}

static __always_inline void vma_describe_task(struct vma_task *who, struct task_struct *task)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	__u32 level = vma_pid_level((void *)bpf_get_current_task());
	__u64 comm[2];

	if (BPF_CORE_READ(task, flags) & PF_KTHREAD)
		who->state = VMA_TASK_KERNEL;
	else
		who->state = BPF_CORE_READ(task, mm) ? VMA_TASK_USER : VMA_TASK_EXITED;
	who->host_pid = BPF_CORE_READ(task, tgid);
	who->ns_pid = vma_pid_at(leader, vma_pid_level(leader));
	who->pid = level <= vma_pid_level(leader) ? vma_pid_at(leader, level) : 0;
	who->start_ns = BPF_CORE_READ(task, start_boottime);
	bpf_core_read(comm, sizeof(comm), &task->comm);	/* by way of the stack: helpers do not write into a context */
	who->comm[0] = comm[0];
	who->comm[1] = comm[1];
}

/* Empties the tables for a new walk, and notes the caller's root. */
static __always_inline void vma_empty_tables(void)
{
	struct task_struct *caller = (void *)bpf_get_current_task();
	vma_filled.walk++;
	vma_filled.records = 0;
	vma_filled.names = 0;
	vma_filled.text = 0;
	vma_filled.root_mount = (__u64)BPF_CORE_READ(caller, fs, root.mnt);
	vma_filled.root_dentry = (__u64)BPF_CORE_READ(caller, fs, root.dentry);
}

static __always_inline void vma_start(struct vma_walk *walk, struct task_struct *task)
{
	vma_empty_tables();
	vma_describe_task(&walk->task, task);
	walk->error = 0;
	walk->seen = 0;
	walk->complete = 1;
	walk->one_moment = 0;
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

/* The task that a SEC("syscall") program is to walk, by its pid in the caller's pid namespace. The program must release it. */
static __always_inline struct task_struct *vma_task_of(struct vma_walk *walk)
{
	struct task_struct *caller = (void *)bpf_get_current_task();

	walk->task.state = VMA_TASK_GONE;
	walk->error = -ESRCH;
	if (vma_pid_level(caller) == 0)
		return bpf_task_from_pid(walk->pid);
	if (bpf_task_from_vpid)
		return bpf_task_from_vpid(walk->pid);
	walk->error = -EOPNOTSUPP;
	return 0;
}

/* Whether an iterator over tasks has come to the one that is asked for, counted as the reader's pid namespace does. */
static __always_inline int vma_is_requested(struct vma_walk *walk, struct task_struct *task)
{
	struct task_struct *caller = (void *)bpf_get_current_task();
	__u32 level = vma_pid_level(caller);
	return level <= vma_pid_level(task) && vma_pid_at(task, level) == walk->pid;
}

/* Until the rework of 2026 (in 6.18.44) the open-coded iterator held mmap_lock from _new to _destroy; now it copies one VMA at a time. */
static __always_inline int vma_iterator_holds_lock(void)
{
	return !bpf_core_field_exists(struct bpf_iter_task_vma_kern_data___copying, snapshot);
}

#endif
