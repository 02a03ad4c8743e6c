/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * What else than a timer makes a sample: a tracepoint, a probe in a program, a thread that was blocked. Such a program runs for every task of the machine, so whom it is
 * about is asked here.
 */
#ifndef BPFI_STACK_TRIGGERS_H
#define BPFI_STACK_TRIGGERS_H

#define STACK_ANCESTORS 16
#define STACK_CGROUP_LEVELS 32

/* A tp_btf program's stack begins with itself and bpf_trace_run4(), or what the kernel calls in its place. */
#define TP_BTF_FRAMES 2

/* Numbers of the first pid namespace; 0 for all. */
const volatile __u32 target_pid = 0;
const volatile __u32 target_tid = 0;
const volatile bool target_children = true;

/* The number of a cgroup2 folder, whose processes and those below it are meant; 0 for all. */
const volatile __u64 target_cgroup = 0;

/* What is blocked for less is left out, ns. */
const volatile __u64 shortest_block = 0;

static __always_inline int stack_is_in_cgroup(void)
{
	for (int level = 0; level < STACK_CGROUP_LEVELS; level++) {
		__u64 cgroup = bpf_get_current_ancestor_cgroup_id(level);

		if (cgroup == target_cgroup)
			return 1;
		if (!cgroup)
			break;
	}
	return 0;
}

/* `task` is the current one. */
static __always_inline int stack_is_target(struct task_struct *task)
{
	struct task_struct *ancestor = task;

	if (target_cgroup)
		return stack_is_in_cgroup();
	if (target_tid)
		return task->pid == target_tid;
	if (!target_pid || task->tgid == target_pid)
		return 1;
	for (int step = 0; target_children && step < STACK_ANCESTORS; step++) {
		ancestor = stack_read(ancestor, real_parent);
		__u32 pid = ancestor ? stack_read(ancestor, tgid) : 0;
		if (pid == target_pid)
			return 1;
		if (pid <= 1)
			break;
	}
	return 0;
}

static __always_inline struct stack_own_draft *stack_own_draft_of(struct task_struct *task)
{
	__u32 tid = task->pid;
	__u64 start = stack_get(task, start_time);
	struct stack_own_draft *own = bpf_map_lookup_elem(&stack_own_drafts, &tid);

	if (own && own->start == start)
		return own;
	/* Nobody would clean up after one on its way out. */
	if (task->flags & PF_EXITING)
		return 0;
	if (!own) {
		if (bpf_map_update_elem(&stack_own_drafts, &tid, &stack_new_draft, BPF_NOEXIST)) {
			stack_add(tasks_full);
			return 0;
		}
		own = bpf_map_lookup_elem(&stack_own_drafts, &tid);
	}
	if (own) {
		own->start = start;
		own->since = 0;
	}
	return own;
}

static __always_inline void stack_take_event(void *context, int user_mode)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct stack_own_draft *own;

	if (!task->pid || !stack_is_target(task))
		return;
	stack_add(runs);
	own = stack_own_draft_of(task);
	if (!own)
		return;
	stack_take(context, task, &own->draft, 1, user_mode, 0);
	stack_send(&own->draft);
}

SEC("tracepoint")
int stack_on_tracepoint(void *context)
{
	stack_take_event(context, 0);
	return 0;
}

SEC("uprobe")
int stack_on_uprobe(struct pt_regs *context)
{
	stack_take_event(context, 1);
	return 0;
}

/* One that goes to sleep: its stacks are taken now, while it is the current one. Kernel threads wait for work by nature, and are left out. */
static __always_inline void stack_on_block(void *context, struct task_struct *task)
{
	struct stack_own_draft *own;

	if (!task->pid || task->flags & (PF_KTHREAD | PF_USER_WORKER | PF_EXITING) || !stack_is_target(task))
		return;
	own = stack_own_draft_of(task);
	if (!own)
		return;
	stack_take(context, task, &own->draft, 0, 0, TP_BTF_FRAMES);
	own->since = own->draft.sample.time;
}

/* The task's draft when it holds a block whose end is still to come. */
static __always_inline struct stack_own_draft *stack_open_block(struct task_struct *task)
{
	__u32 tid = task->pid;
	struct stack_own_draft *own = bpf_map_lookup_elem(&stack_own_drafts, &tid);

	return own && own->since && own->start == stack_get(task, start_time) ? own : 0;
}

static __always_inline void stack_end_block(struct stack_own_draft *own, __u64 end)
{
	__u64 blocked = end - own->since;

	own->since = 0;
	if (blocked < shortest_block)
		return;
	stack_add(runs);
	own->draft.sample.value = blocked;
	stack_send(&own->draft);
}

static __always_inline void stack_on_wake(struct task_struct *task)
{
	struct stack_own_draft *own = stack_open_block(task);

	if (own)
		stack_end_block(own, bpf_ktime_get_ns());
}

/*
 * The task leaves the CPU, and its last block has no end: a switch to it was not told. The idle task's are not always (ftrace misses the same ones). It was put on the CPU
 * when it began to run, as the scheduler counts it.
 */
static __always_inline void stack_on_leave_cpu(struct task_struct *task)
{
	struct stack_own_draft *own = stack_open_block(task);
	__u64 end;

	if (!own)
		return;
	end = bpf_ktime_get_ns() - (stack_get(task, se.sum_exec_runtime) - stack_get(task, se.prev_sum_exec_runtime));
	stack_end_block(own, end > own->since ? end : own->since);
}

/* (bool preempt, struct task_struct *prev, struct task_struct *next, unsigned int prev_state); the last since 5.18 */
SEC("tp_btf/sched_switch")
int stack_on_switch(__u64 *context)
{
	struct task_struct *task = bpf_get_current_task_btf();

	stack_on_leave_cpu(task);
	if (!context[0] && context[3])
		stack_on_block(context, task);
	stack_on_wake((struct task_struct *)context[2]);
	return 0;
}

#endif
