/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * The stack sampler. A perf_event program takes the addresses of a stack in the interrupt; what lies at these addresses is looked up before
 * the task returns to user space, so that it can be named after the process is gone.
 *
 *	interrupt          frames -> ring of samples; are all in ranges known to be unchanged? then that is all
 *	return to user     one look-up a frame (stack_lookup.h) -> ring of facts
 *	exit, exec         the same for a look-up that still waits, before the address space goes
 *	sweep              the same, from user space, for tasks that sleep
 *
 * In an interrupt the kernel refuses look-ups (vma_interrupt.bpf.c shows it); bpf_task_work_schedule_resume() (6.18) puts them off. While one
 * is pending the task has not been in user space again, and so the next sample shares it.
 */
#include "stack_copy.h"
#include "stack_lookup.h"

const volatile bool take_user = true;
const volatile bool take_kernel = true;
const volatile __u32 max_frames = STACK_MAX_FRAMES;

/*
 * The event takes the call chain itself (PERF_SAMPLE_CALLCHAIN), kernel and user frames in one go, and bpf_get_stack() cuts it in two. Each half begins with a mark
 * (PERF_CONTEXT_KERNEL, PERF_CONTEXT_USER), and all of it, marks included, is chain_frames long at most: a deep way through the kernel leaves less for user frames.
 */
const volatile __u32 chain_marks = 0;
const volatile __u32 chain_frames = 0;

/* Whether the build ids of user frames are taken too. */
const volatile bool take_build_ids = false;

/* Whether user space is asked for the mappings of each new program, before its first sample. */
const volatile bool ask_at_exec = false;

static int stack_on_return(struct bpf_map *map, void *key, void *value)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct stack_task *state = value;

	stack_add(callbacks);
	if (can_defer && bpf_iter_task_vma_new && stack_claim(state))
		stack_finish(task, state, 1);
	return 0;
}

static __always_inline int stack_schedule(struct task_struct *task, struct stack_task *state)
{
	if (bpf_task_work_schedule_resume)
		return bpf_task_work_schedule_resume(task, &state->work, &stack_tasks, stack_on_return);
	if (bpf_task_work_schedule_resume_impl)
		return bpf_task_work_schedule_resume_impl(task, &state->work, &stack_tasks, stack_on_return, 0);
	return -EOPNOTSUPP;
}

/* The task's value, made at its first sample; nothing for a task on its way out, which nobody would clean up after. */
static __always_inline struct stack_task *stack_task_of(struct task_struct *task)
{
	__u32 tid = task->pid;
	__u64 start = stack_get(task, start_time);
	struct stack_task *state = bpf_map_lookup_elem(&stack_tasks, &tid);

	if (state && state->start == start)
		return state;
	if (state)
		bpf_map_delete_elem(&stack_tasks, &tid);
	if (task->flags & PF_EXITING)
		return 0;
	if (bpf_map_update_elem(&stack_tasks, &tid, &stack_new_task, BPF_NOEXIST)) {
		stack_add(tasks_full);
		return 0;
	}
	state = bpf_map_lookup_elem(&stack_tasks, &tid);
	if (state)
		state->start = start;
	return state;
}

static __always_inline int stack_has_exec_flag(struct task_struct *task)
{
	struct task_struct___exec *exec = (void *)task;

	return bpf_core_field_exists(exec->in_execve) && BPF_CORE_READ_BITFIELD_PROBED(exec, in_execve);
}

/* Tells who is sampled, when that is new or has another name. */
static __always_inline void stack_meet(struct task_struct *task, struct stack_task *state, __u64 time, __u64 mm_id)
{
	__u64 comm[2], execs = stack_get(task, self_exec_id) + 1;

	bpf_get_current_comm(comm, sizeof(comm));
	if (state && state->comm[0] == comm[0] && state->comm[1] == comm[1] && state->pid_of_exec == execs)
		return;
	int in_exec = stack_has_exec_flag(task) || (state && state->exec_mm);
	stack_meet_process(task, time, mm_id, in_exec);
	stack_tell_thread(task, time, mm_id, comm);
	if (state && !in_exec) {
		state->comm[0] = comm[0];
		state->comm[1] = comm[1];
		state->pid_of_exec = execs;
	}
}

static __always_inline int stack_all_cached(struct stack_task *state, struct stack_draft *draft, __u32 from, __u32 count)
{
	struct bpf_iter_num numbers;
	int all = 1, *at;

	bpf_iter_num_new(&numbers, 0, STACK_MAX_FRAMES);
	while ((at = bpf_iter_num_next(&numbers))) {
		__u32 index = *at;
		if (index >= count)
			break;
		if (!stack_is_cached(state, draft->frames[(from + index) & 255] - (index > 0))) {
			all = 0;
			break;
		}
	}
	bpf_iter_num_destroy(&numbers);
	return all;
}

/*
 * Whether an exec is between the change of the address space and the new program's first instruction. The address space of a task that was
 * not met before the exec began tells by having no end of its code: that is written when all is mapped, just before the registers are set.
 */
static __always_inline int stack_is_in_exec(struct task_struct *task, struct stack_task *state)
{
	struct mm_struct___arguments *mm = (void *)BPF_CORE_READ(task, mm);

	return (state && state->exec_mm) || !BPF_CORE_READ(mm, end_code);
}

/* Asks user space for the process's mappings when their number or the size of its code has changed since it was last asked. */
static __always_inline void stack_ask(struct task_struct *task, struct stack_task *state, __u64 time, __u64 mm_id)
{
	struct mm_struct___arguments *mm = (void *)BPF_CORE_READ(task, mm);
	__u64 now = mm_id ^ BPF_CORE_READ(mm, exec_vm) << 20 ^ (__u64)BPF_CORE_READ(mm, map_count) << 44;

	if (state && state->asked == now)
		return;
	struct stack_request *request = bpf_ringbuf_reserve(&stack_facts, sizeof(*request), 0);
	if (!request) {
		stack_add(facts_dropped);
		return;
	}
	if (state)
		state->asked = now;
	request->fact = (struct stack_fact){ .kind = STACK_FACT_REQUEST, .tid = task->pid, .time = time, .mm = mm_id };
	request->pid = task->tgid;
	request->padding = 0;
	bpf_ringbuf_submit(request, BPF_RB_FORCE_WAKEUP);
	stack_add(requests);
}

/* Puts off the look-up of a draft's user frames, which lie from `from` on. */
static __always_inline void stack_defer(struct task_struct *task, struct stack_task *state, struct stack_draft *draft, __u32 from)
{
	__u32 count = draft->sample.user_frames, size = count * sizeof(__u64);

	if (state->state == STACK_TASK_PENDING) {
		/* Sampled in user mode though the look-up still waits: it came too late for the sample before. */
		stack_add(overtaken);
		stack_refuse(state->time, state->mm, 0, STACK_REFUSED_OVERTAKEN, 0);
	}
	if (size > sizeof(state->frame))
		return;
	bpf_probe_read_kernel(state->frame, size, &draft->frames[from & 127]);
	state->frames = count;
	state->mm = draft->sample.mm;
	state->time = draft->sample.time;
	if (state->state == STACK_TASK_PENDING)
		return;
	state->state = STACK_TASK_PENDING;
	int error = stack_schedule(task, state);
	if (!error) {
		stack_add(scheduled);
		return;
	}
	state->state = STACK_TASK_IDLE;
	if (error == -EBUSY)
		stack_add(schedule_busy);
	else
		stack_add(schedule_failed);
	stack_refuse(draft->sample.time, draft->sample.mm, 0, STACK_REFUSED_SCHEDULE, error);
}

/* Sees to it that what lies at the draft's user frames becomes known. */
static __always_inline void stack_explain(struct task_struct *task, struct stack_task *state, struct stack_draft *draft, __u32 from)
{
	struct mm_struct *mm = BPF_CORE_READ(task, mm);

	if (!can_defer) {
		stack_ask(task, state, draft->sample.time, draft->sample.mm);
		return;
	}
	if (!state) {
		if (draft->sample.flags & STACK_EXITING)
			stack_add(exiting);
		else
			stack_refuse(draft->sample.time, draft->sample.mm, 0, STACK_REFUSED_FULL, 0);
		return;
	}
	if (state->state == STACK_TASK_WALKING)
		return;
	if (state->state == STACK_TASK_IDLE && state->cached_mm == draft->sample.mm && state->cached_sequence == stack_sequence(mm) &&
	    stack_all_cached(state, draft, from, draft->sample.user_frames)) {
		stack_add(cached);
		return;
	}
	stack_defer(task, state, draft, from);
}

/* Whether there was no room in the chain for more user frames than these, so many bytes or an error. */
static __always_inline int stack_chain_is_full(__u32 kernel_frames, long user_size)
{
	__u32 user_frames = user_size > 0 ? (__u32)user_size / sizeof(__u64) : 0;

	return kernel_frames >= max_frames || kernel_frames + user_frames + 2 * chain_marks >= chain_frames;
}

/* The user frames, and whether they are the ones whose look-up waits already: then nothing more is to be done for them. */
static __always_inline int stack_take_user(void *context, struct stack_task *state, struct stack_draft *draft, __u32 from)
{
	struct stack_sample *sample = &draft->sample;
	__u32 most = max_frames * sizeof(__u64);

	if (state && state->state != STACK_TASK_IDLE && !(sample->flags & STACK_USER_MODE) && state->mm == sample->mm) {
		__u32 size = state->frames * sizeof(__u64);
		if (size <= sizeof(state->frame)) {
			bpf_probe_read_kernel(&draft->frames[from & 127], size, state->frame);
			sample->user_frames = size / sizeof(__u64);
			stack_add(shared);
			return 1;
		}
	}
	if (most > sizeof(state->frame))
		most = sizeof(state->frame);
	long size = bpf_get_stack(context, &draft->frames[from & 127], most, BPF_F_USER_STACK | chain_marks);
	if (chain_marks && stack_chain_is_full(from, size))
		size = bpf_get_task_stack(bpf_get_current_task_btf(), &draft->frames[from & 127], most, BPF_F_USER_STACK);
	if (size <= 0) {
		sample->flags |= STACK_USER_FAILED;
		stack_add(user_failed);
		return 1;
	}
	sample->user_frames = (__u32)size / sizeof(__u64);
	return 0;
}

/* `skip`: frames of the way from the kernel's code to this program. */
static __always_inline void stack_take_kernel(void *context, struct stack_draft *draft, __u64 skip)
{
	__u32 most = max_frames * sizeof(__u64);

	if (most > STACK_MAX_FRAMES * sizeof(__u64))
		most = STACK_MAX_FRAMES * sizeof(__u64);
	long size = bpf_get_stack(context, draft->frames, most, (skip + chain_marks) & BPF_F_SKIP_FIELD_MASK);
	if (size <= 0) {
		draft->sample.flags |= STACK_KERNEL_FAILED;
		return;
	}
	draft->sample.kernel_frames = (__u32)size / sizeof(__u64);
	if (draft->sample.kernel_frames >= max_frames) {
		draft->sample.flags |= STACK_KERNEL_TRUNCATED;
		stack_add(kernel_truncated);
	}
}

static __always_inline void stack_send(struct stack_draft *draft)
{
	__u32 frames = draft->sample.kernel_frames + draft->sample.user_frames;
	__u64 size = sizeof(draft->sample) + frames * sizeof(__u64);

	/* The verifier has to see the very register that was compared. */
	asm volatile("" : "+r"(size));
	if (size > sizeof(*draft))
		return;
	if (bpf_ringbuf_output(&stack_samples, draft, size, stack_wake(stack_samples, samples_size)))
		stack_add(samples_dropped);
	else
		stack_add(samples);
}

/* Takes a sample of the current task into a draft. `user_mode`: where it was interrupted; `skip`: leaf frames of the kernel stack that are not the task's own doing. */
static __always_inline void stack_take(void *context, struct task_struct *task, struct stack_draft *draft, __u64 value, int user_mode, __u64 skip)
{
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	int is_user = mm && !(task->flags & (PF_KTHREAD | PF_USER_WORKER));
	struct stack_task *state = stack_task_of(task);
	__u64 mm_id = is_user ? stack_mm_id(task, mm) : 0;

	draft->sample = (struct stack_sample){
		.time = bpf_ktime_get_ns(),
		.mm = mm_id,
		.value = value,
		.tid = task->pid,
		.pid = task->tgid,
		.thread = stack_thread_number(task),
		.flags = (user_mode ? STACK_USER_MODE : 0) | (task->flags & PF_EXITING ? STACK_EXITING : 0) |
			 (task->flags & PF_KTHREAD ? STACK_KERNEL_THREAD : 0),
		.cpu = bpf_get_smp_processor_id(),
	};
	stack_meet(task, state, draft->sample.time, mm_id);
	if (take_kernel && !user_mode)
		stack_take_kernel(context, draft, skip);
	if (take_user && is_user) {
		if (stack_is_in_exec(task, state)) {
			draft->sample.flags |= STACK_IN_EXEC;
			stack_add(in_exec);
		} else {
			__u32 from = draft->sample.kernel_frames;
			int is_explained = stack_take_user(context, state, draft, from);
			if (draft->sample.user_frames >= max_frames) {
				draft->sample.flags |= STACK_USER_TRUNCATED;
				stack_add(user_truncated);
			}
			if (!is_explained)
				stack_explain(task, state, draft, from);
		}
	}
}

/* In an interrupt alone: the record is the CPU's. Frames whose look-up the kernel refuses there (one CPU does one at a time) have their address for an id. */
static __always_inline void stack_tell_build_ids(void *context, struct stack_draft *draft)
{
	__u32 zero = 0, count = draft->sample.user_frames;
	struct stack_build_ids *record = bpf_map_lookup_elem(&stack_build_id_drafts, &zero);

	if (!record)
		return;
	long taken = bpf_get_stack(context, record->ids, sizeof(record->ids), BPF_F_USER_STACK | BPF_F_USER_BUILD_ID | chain_marks);
	if (taken <= 0)
		return;
	if (count > taken / sizeof(record->ids[0]))
		count = taken / sizeof(record->ids[0]);
	__u64 size = offsetof(struct stack_build_ids, ids) + count * sizeof(record->ids[0]);
	record->fact = (struct stack_fact){ .kind = STACK_FACT_BUILD_IDS, .tid = draft->sample.tid, .time = draft->sample.time, .mm = draft->sample.mm };
	record->count = count;
	bpf_probe_read_kernel(record->frames, sizeof(record->frames), &draft->frames[draft->sample.kernel_frames & 127]);
	asm volatile("" : "+r"(size));
	if (size <= sizeof(*record) && bpf_ringbuf_output(&stack_facts, record, size, stack_wake(stack_facts, facts_size)))
		stack_add(facts_dropped);
}

SEC("perf_event")
int stack_on_event(struct bpf_perf_event_data *context)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 zero = 0;
	struct stack_draft *draft = bpf_map_lookup_elem(&stack_drafts, &zero);

	stack_add(runs);
	if (!task->pid) {
		stack_add(idle);
		return 0;
	}
	if (!draft)
		return 0;
	stack_take(context, task, draft, context->sample_period, (long)PT_REGS_IP(&context->regs) >= 0, 0);
	if (take_build_ids && draft->sample.user_frames)
		stack_tell_build_ids(context, draft);
	if (!copy_bytes || !draft->sample.mm || draft->sample.flags & STACK_IN_EXEC || !stack_send_copied(task, draft))
		stack_send(draft);
	return 0;
}

#include "stack_triggers.h"

/* Looks up what still waits, and forgets the task. The address space is there still (since about 6.16; before, nothing can be done). */
static __always_inline void stack_leave(struct task_struct *task)
{
	__u32 tid = task->pid;
	struct stack_task *state = bpf_map_lookup_elem(&stack_tasks, &tid);

	stack_on_leave_cpu(task);
	bpf_map_delete_elem(&stack_own_drafts, &tid);
	if (!state)
		return;
	if (can_defer && bpf_iter_task_vma_new && stack_claim(state)) {
		stack_finish(task, state, 0);
		stack_add(finished_at_exit);
	}
	bpf_map_delete_elem(&stack_tasks, &tid);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(stack_on_exit, struct task_struct *exiting, bool group_dead)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 pid = task->tgid;
	__u64 mm_id;

	stack_leave(task);
	if (!group_dead)
		return 0;
	bpf_map_delete_elem(&stack_processes, &pid);
	/* A vfork child's address space is its parent's. */
	mm_id = stack_mm_id(task, BPF_CORE_READ(task, mm));
	if (!stack_read(task, vfork_done) && !bpf_map_delete_elem(&stack_mms, &mm_id))
		stack_tell_end(mm_id);
	return 0;
}

/* For kernels whose tracepoint does not say whether the process ends, nor has the address space any more. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(stack_on_late_exit, struct task_struct *exiting)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 tid = task->pid, pid = task->tgid;

	bpf_map_delete_elem(&stack_own_drafts, &tid);
	bpf_map_delete_elem(&stack_tasks, &tid);
	if (tid == pid)
		bpf_map_delete_elem(&stack_processes, &pid);
	return 0;
}

/* Since 6.10: exec is about to replace the address space. */
SEC("tp_btf/sched_prepare_exec")
int BPF_PROG(stack_on_prepare_exec, struct task_struct *executing)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 tid = task->pid;
	struct stack_task *state = bpf_map_lookup_elem(&stack_tasks, &tid);

	if (!state)
		return 0;
	if (can_defer && bpf_iter_task_vma_new && stack_claim(state)) {
		stack_finish(task, state, 0);
		stack_add(finished_at_exec);
	}
	state->exec_mm = stack_mm_id(task, BPF_CORE_READ(task, mm));
	state->exec_shares = stack_read(task, vfork_done) != 0;
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(stack_on_exec, struct task_struct *executing)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 tid = task->pid;
	struct stack_task *state = bpf_map_lookup_elem(&stack_tasks, &tid);
	__u64 mm_id;

	if (!can_defer && ask_at_exec)
		stack_ask(task, 0, bpf_ktime_get_ns(), stack_mm_id(task, BPF_CORE_READ(task, mm)));
	if (!state)
		return 0;
	mm_id = state->exec_mm;
	state->exec_mm = 0;
	if (!state->exec_shares && !bpf_map_delete_elem(&stack_mms, &mm_id))
		stack_tell_end(mm_id);
	return 0;
}

/* User space calls this for tasks that sleep with a look-up that waits. */
SEC("syscall")
int stack_finish_pending(struct stack_sweep *sweep)
{
	struct stack_task *state;
	__u32 tid = sweep->tid;

	sweep->error = -ESRCH;
	if (!can_defer || !bpf_iter_task_vma_new)
		return 0;
	struct task_struct *task = bpf_task_from_pid(tid);
	if (!task)
		return 0;
	state = bpf_map_lookup_elem(&stack_tasks, &tid);
	sweep->error = 0;
	if (state && stack_claim(state)) {
		stack_finish(task, state, 0);
		stack_add(finished_by_sweep);
		sweep->error = 1;
	}
	bpf_task_release(task);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
