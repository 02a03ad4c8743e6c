/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* Who was sampled: thread and process facts, sent at first sight, since all of it vanishes with the process. */
#ifndef BPFI_STACK_PROCESS_H
#define BPFI_STACK_PROCESS_H

#include "stack_maps.h"

/*
 * A field of a task that the verifier knows to be one: read at once. And of one that is only an address: by probe. Pointers are read by
 * probe everywhere: for one that is read at once the verifier searches all of the kernel's types by name, a millisecond each time.
 */
#define stack_get(task, field) (((struct task_struct___stacks *)(task))->field)
#define stack_read(task, ...) BPF_CORE_READ((struct task_struct___stacks *)(task), __VA_ARGS__)

/* When the task's process started. */
static __always_inline __u64 stack_process_start(struct task_struct *task)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);

	return stack_read(leader, start_time);
}

static __always_inline __u32 stack_pid_in(struct pid *pid, __u32 level)
{
	struct upid *entry = (void *)pid + bpf_core_field_offset(struct pid, numbers) + level * bpf_core_type_size(struct upid);
	return BPF_CORE_READ(entry, nr);
}

/* Tells apart the threads that have one tid after another, and one thread's programs. */
static __always_inline __u32 stack_thread_number(struct task_struct *task)
{
	__u64 number = (stack_get(task, start_time) ^ (stack_get(task, self_exec_id) << 56)) * 0x9e3779b97f4a7c15ull;
	return number >> 32;
}

/*
 * An address space's id. Its pointer alone would not do: the memory is used again. x86 has a number of its own (context.ctx_id); elsewhere
 * the pointer is mixed with the process's start and exec count.
 */
static __always_inline __u64 stack_mm_id(struct task_struct *task, struct mm_struct *mm)
{
	struct mm_struct___numbered *numbered = (void *)mm;
	if (!mm)
		return 0;
	if (bpf_core_field_exists(numbered->context.ctx_id))
		return BPF_CORE_READ(numbered, context.ctx_id);
	return ((__u64)mm ^ (stack_process_start(task) << 8)) * 0x9e3779b97f4a7c15ull + stack_get(task, self_exec_id);
}

static __always_inline struct kernfs_node *stack_kernfs_parent(struct kernfs_node *node)
{
	struct kernfs_node___new *now = (void *)node;
	if (bpf_core_field_exists(now->__parent))
		return BPF_CORE_READ(now, __parent);
	return BPF_CORE_READ((struct kernfs_node___old *)node, parent);
}

/* The names of the cgroups on the way up, in pieces of a fixed size: a cgroup's name is rarely longer. */
static __always_inline void stack_write_cgroup(struct stack_process *process, struct task_struct *task)
{
	struct cgroup *cgroup = BPF_CORE_READ((struct task_struct___stacks *)task, cgroups, dfl_cgrp);
	struct kernfs_node *node = BPF_CORE_READ(cgroup, kn);

	process->cgroup = BPF_CORE_READ(node, id);
	process->cgroup_length = 0;
	for (int step = 0; step < STACK_CGROUP_DEPTH; step++) {
		struct kernfs_node *parent = node ? stack_kernfs_parent(node) : 0;
		if (!parent)
			break;
		bpf_probe_read_kernel_str(process->cgroup_path + step * STACK_CGROUP_PIECE, STACK_CGROUP_PIECE, BPF_CORE_READ(node, name));
		process->cgroup_length = step + 1;
		node = parent;
	}
}

static __always_inline void stack_write_command_line(struct stack_process *process, struct mm_struct *mm)
{
	struct mm_struct___arguments *arguments = (void *)mm;
	__u64 start = BPF_CORE_READ(arguments, arg_start), length = BPF_CORE_READ(arguments, arg_end) - start;

	process->command_line_length = 0;
	if (!mm || length > 1 << 24)
		return;
	if (length > STACK_COMMAND_LINE)
		length = STACK_COMMAND_LINE;
	if (!bpf_probe_read_user(process->command_line, length, (void *)start))
		process->command_line_length = length;
}

static __always_inline void stack_write_pids(struct stack_process *process, struct task_struct *leader)
{
	struct pid *pid = BPF_CORE_READ(leader, thread_pid);
	__u32 levels = pid ? BPF_CORE_READ(pid, level) : 0;

	process->namespaces = levels > STACK_NAMESPACES ? STACK_NAMESPACES : levels;
	for (__u32 level = 0; level < STACK_NAMESPACES; level++)
		process->namespace_pids[level] = level < levels ? stack_pid_in(pid, level + 1) : 0;
}

/* Whose map of run-time code it is that somebody finds under /tmp: told by user, by root folder, and by a number that exec changes. */
static __always_inline void stack_write_place(struct stack_process *process, struct task_struct *task)
{
	process->start_stack = BPF_CORE_READ(task, mm, start_stack);
	process->root_inode = BPF_CORE_READ(task, fs, root.dentry, d_inode, i_ino);
	process->root_dev = BPF_CORE_READ(task, fs, root.dentry, d_inode, i_sb, s_dev);
	process->mount_namespace = stack_read(task, nsproxy, mnt_ns, ns.inum);
	process->user = stack_read(task, cred, euid.val);
	process->padding = 0;
}

/* Sends a process's facts. In the middle of an exec its arguments and its first stack are not there yet. A function of its own: it is rarely called. */
__noinline int stack_tell_process(__u64 time, __u64 mm_id, int in_exec)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct stack_process *process = stack_fact_reserve(struct stack_process);

	if (!process)
		return 0;
	process->fact = (struct stack_fact){ .kind = STACK_FACT_PROCESS, .tid = BPF_CORE_READ(task, pid), .time = time, .mm = mm_id };
	process->start = stack_read(leader, start_time);
	process->pid = BPF_CORE_READ(task, tgid);
	process->parent = BPF_CORE_READ((struct task_struct___stacks *)leader, real_parent, tgid);
	process->execs = stack_read(task, self_exec_id);
	bpf_probe_read_kernel(process->comm, sizeof(process->comm), (void *)leader + bpf_core_field_offset(struct task_struct, comm));
	stack_write_pids(process, leader);
	stack_write_cgroup(process, task);
	stack_write_command_line(process, BPF_CORE_READ(task, mm));
	stack_write_place(process, task);
	if (in_exec)
		process->start_stack = 0;
	stack_fact_send(process);
	return 1;
}

/* Tells of a process unless that was done; of one in the middle of an exec it is told again later. */
static __always_inline void stack_meet_process(struct task_struct *task, __u64 time, __u64 mm_id, int in_exec)
{
	__u32 pid = task->tgid;
	struct stack_told now = {
		.start = stack_process_start(task),
		.execs = stack_get(task, self_exec_id),
	};
	struct stack_told *told = bpf_map_lookup_elem(&stack_processes, &pid);

	if (told && told->start == now.start && told->execs == now.execs)
		return;
	if (!stack_tell_process(time, mm_id, in_exec) || in_exec || task->flags & PF_EXITING)
		return;
	if (bpf_map_update_elem(&stack_processes, &pid, &now, BPF_ANY))
		stack_add(processes_full);
}

/* Tells that an address space is gone. */
static __always_inline void stack_tell_end(__u64 mm_id)
{
	struct stack_end *end = stack_fact_reserve(struct stack_end);

	if (!end)
		return;
	end->fact = (struct stack_fact){ .kind = STACK_FACT_END, .time = bpf_ktime_get_ns(), .mm = mm_id };
	stack_fact_send(end);
}

static __always_inline void stack_tell_thread(struct task_struct *task, __u64 time, __u64 mm_id, __u64 *comm)
{
	struct stack_thread *thread = stack_fact_reserve(struct stack_thread);

	if (!thread)
		return;
	thread->fact = (struct stack_fact){ .kind = STACK_FACT_THREAD, .tid = task->pid, .time = time, .mm = mm_id };
	thread->process_start = stack_process_start(task);
	thread->pid = task->tgid;
	thread->thread = stack_thread_number(task);
	thread->execs = stack_get(task, self_exec_id);
	thread->padding = 0;
	thread->comm[0] = comm[0];
	thread->comm[1] = comm[1];
	stack_fact_send(thread);
}

#endif
