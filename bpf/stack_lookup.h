/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * What lies at the frames of a stack: one look-up a frame by the open-coded iterator (it starts at an address, so its first step is the
 * look-up), with interrupts on, when the task is about to return to user space and so its address space is as it was for the sample.
 *
 * Two caches make this cheap, and both are sound. A task keeps the last eight ranges that it looked up; they hold while the address space's
 * sequence number has not moved. An address space keeps the mappings that user space was told of; one that is the same as last time is
 * not sent again, and one that is sent drops all those it overlaps.
 */
#ifndef BPFI_STACK_LOOKUP_H
#define BPFI_STACK_LOOKUP_H

#include "stack_copy.h"
#include "stack_file.h"
#include "stack_process.h"

#define STACK_LOOKUP_TRIES 3
#define STACK_MOST_CODE 1024	/* mappings with code that are told of one address space */

/* What a look-up found. */
struct stack_found {
	__u64 start;
	__u64 end;
	__u64 offset;
	__u32 flags;
	__u32 mapping;
	struct stack_file_key file;
	__u64 is_new_file;
};

/* The address space's sequence number: odd while it is being changed. 1 where there is none: then nothing is cached. */
static __always_inline __u32 stack_sequence(struct mm_struct *mm)
{
	struct mm_struct___counted *counted = (void *)mm;
	if (!bpf_core_field_exists(counted->mm_lock_seq.sequence))
		return 1;
	return BPF_CORE_READ(counted, mm_lock_seq.sequence);
}

/* Without a branch a range, for the verifier would follow each: the topmost bit is set where an address is not before the start, but before the end. */
static __always_inline int stack_is_cached(struct stack_task *task, __u64 address)
{
	__u64 within = 0;

	for (int i = 0; i < STACK_CACHED_RANGES; i++)
		within |= ~(address - task->ranges[i].start) & (address - task->ranges[i].end);
	return (__s64)within < 0;
}

static __always_inline void stack_cache(struct stack_task *task, __u64 start, __u64 end)
{
	__u32 at = task->next_range++ & (STACK_CACHED_RANGES - 1);

	task->ranges[at].start = start;
	task->ranges[at].end = end;
}

static __always_inline void stack_empty_cache(struct stack_task *task)
{
	for (int i = 0; i < STACK_CACHED_RANGES; i++)
		task->ranges[i].start = task->ranges[i].end = 0;
}

static __always_inline int stack_is_same(struct stack_known *known, struct stack_found *found)
{
	return known->start == found->start && known->end == found->end && known->offset == found->offset &&
	       known->inode == found->file.inode && known->dev == found->file.dev && known->generation == found->file.generation &&
	       known->changed == found->file.changed;
}

/* Whether the mapping is among the known ones; those that it overlaps are dropped. Loops are the kernel's, which the verifier walks once. */
static __always_inline int stack_find_known(struct stack_mm *mm, struct stack_found *found, __u64 time, __u32 *overlaps)
{
	struct bpf_iter_num numbers;
	int same = 0, *at;

	bpf_iter_num_new(&numbers, 0, STACK_KNOWN_MAPPINGS);
	while ((at = bpf_iter_num_next(&numbers))) {
		struct stack_known *known = &mm->known[*at & (STACK_KNOWN_MAPPINGS - 1)];
		if (!known->end)
			continue;
		if (stack_is_same(known, found)) {
			/* Another thread's sample was looked up first, and is younger: tell it once more, as of this one's time. */
			same = time >= known->since;
			if (!same)
				known->end = 0;
			break;
		}
		if (known->start < found->end && found->start < known->end) {
			known->end = 0;
			*overlaps = 1;
		}
	}
	bpf_iter_num_destroy(&numbers);
	return same;
}

static __always_inline struct stack_known *stack_free_known(struct stack_mm *mm)
{
	__u32 free = STACK_KNOWN_MAPPINGS;
	struct bpf_iter_num numbers;
	int *at;

	bpf_iter_num_new(&numbers, 0, STACK_KNOWN_MAPPINGS);
	while ((at = bpf_iter_num_next(&numbers))) {
		if (!mm->known[*at & (STACK_KNOWN_MAPPINGS - 1)].end) {
			free = *at;
			break;
		}
	}
	bpf_iter_num_destroy(&numbers);
	if (free == STACK_KNOWN_MAPPINGS)
		free = mm->oldest++;
	return &mm->known[free & (STACK_KNOWN_MAPPINGS - 1)];
}

/* Whether user space knows the mapping already; if not, notes that it will. Where nothing is mapped, only what was known there is news. */
static __always_inline int stack_is_known(struct stack_mm *mm, struct stack_found *found, __u64 time)
{
	__u32 overlaps = 0;

	if (stack_find_known(mm, found, time, &overlaps))
		return 1;
	if (found->mapping == STACK_MAPPING_NOTHING)
		return !overlaps;
	struct stack_known *known = stack_free_known(mm);
	known->start = found->start;
	known->end = found->end;
	known->offset = found->offset;
	known->inode = found->file.inode;
	known->since = time;
	known->dev = found->file.dev;
	known->generation = found->file.generation;
	known->changed = found->file.changed;
	return 0;
}

/* As above, under the address space's lock. Nobody waits: who does not get it sends, and says that what is known holds no more. */
static __always_inline int stack_was_told(struct stack_mm *mm, struct stack_found *found, __u64 time)
{
	if (__sync_val_compare_and_swap(&mm->locked, 0, 1)) {
		__sync_lock_test_and_set(&mm->stale, 1);
		stack_add(mm_contended);
		return 0;
	}
	if (__sync_lock_test_and_set(&mm->stale, 0)) {
		struct bpf_iter_num numbers;
		int *at;
		bpf_iter_num_new(&numbers, 0, STACK_KNOWN_MAPPINGS);
		while ((at = bpf_iter_num_next(&numbers)))
			mm->known[*at & (STACK_KNOWN_MAPPINGS - 1)].end = 0;
		bpf_iter_num_destroy(&numbers);
	}
	int known = stack_is_known(mm, found, time);
	__sync_lock_test_and_set(&mm->locked, 0);
	return known;
}

static __always_inline struct stack_mm *stack_mm_of(__u64 mm_id)
{
	struct stack_mm *mm = bpf_map_lookup_elem(&stack_mms, &mm_id);
	if (mm)
		return mm;
	if (bpf_map_update_elem(&stack_mms, &mm_id, &stack_new_mm, BPF_NOEXIST) == -7 /* E2BIG */)
		stack_add(mms_full);
	return bpf_map_lookup_elem(&stack_mms, &mm_id);
}

/* Tells what was found, unless that is known; gives 0 if it could not. A function of its own, for the verifier's sake. */
__noinline int stack_tell_mapping(__u64 time, __u64 mm_id, __u32 pid, struct stack_found *found)
{
	/* Before 6.4 there are no such loops, and nobody calls this; the verifier looks at it all the same. */
	if (!can_defer || !bpf_iter_num_new || !found)
		return 0;
	struct stack_mm *mm = stack_mm_of(mm_id);
	if (mm && stack_was_told(mm, found, time)) {
		stack_add(mappings_known);
		return 1;
	}
	struct stack_mapping *record = stack_fact_reserve(struct stack_mapping);
	if (!record) {
		if (mm)
			__sync_lock_test_and_set(&mm->stale, 1);
		return 0;
	}
	record->fact = (struct stack_fact){ .kind = STACK_FACT_MAPPING, .time = time, .mm = mm_id };
	record->start = found->start;
	record->end = found->end;
	record->offset = found->offset;
	record->flags = found->flags;
	record->mapping = found->mapping;
	record->pid = pid;
	record->padding = 0;
	record->file = found->file;
	/* Code made at run time: user space wants to copy its map while the process lives. */
	bpf_ringbuf_submit(record, found->mapping == STACK_MAPPING_ANONYMOUS ? BPF_RB_FORCE_WAKEUP : stack_wake(stack_facts, facts_size));
	stack_add(mappings);
	return 1;
}

static __always_inline void stack_describe(struct stack_found *found, struct vm_area_struct *vma, struct mm_struct *mm, __u64 time, __u32 pid)
{
	struct mm_struct___vdso *special = (void *)mm;
	struct file *file = BPF_CORE_READ(vma, vm_file);	/* by probe: a number for the verifier, as stack_tell_file() takes it */
	struct path path;

	found->start = vma->vm_start;
	found->end = vma->vm_end;
	found->flags = (vma->vm_flags & 7) | (vma->vm_flags & VM_MAYSHARE ? 8 : 0);
	found->offset = 0;
	if (!(vma->vm_flags & VM_EXEC)) {
		found->mapping = STACK_MAPPING_NOTHING;
	} else if (file) {
		found->mapping = STACK_MAPPING_FILE;
		found->offset = vma->vm_pgoff << PAGE_SHIFT;
		stack_identify(&found->file, file, &path);
		if (!bpf_map_lookup_elem(&stack_files, &found->file))
			found->is_new_file = stack_tell_file((__u64)file, time, pid, found->start, found->end);
	} else if (bpf_core_field_exists(special->context.vdso) && found->start == (__u64)BPF_CORE_READ(special, context.vdso)) {
		found->mapping = STACK_MAPPING_VDSO;
	} else {
		found->mapping = STACK_MAPPING_ANONYMOUS;
	}
}

/*
 * One look-up. Gives the error of the iterator: -EBUSY while somebody changes the address space. A function of its own, so that the verifier
 * walks it once and not once a try.
 */
__noinline int stack_look_up(struct task_struct *task __arg_trusted, __u64 address, __u64 time, struct stack_found *found)
{
	struct bpf_iter_task_vma it;

	/* Kernels that take no mapping here need not check what follows: some know no trusted argument (6.9). */
	if (!can_defer || !bpf_iter_task_vma_new || !found)
		return -EOPNOTSUPP;
	int error = bpf_iter_task_vma_new(&it, task, address);
	struct vm_area_struct *vma = bpf_iter_task_vma_next(&it);

	if (vma && vma->vm_start <= address) {
		stack_describe(found, vma, BPF_CORE_READ(task, mm), time, task->tgid);
	} else {
		found->mapping = STACK_MAPPING_NOTHING;
		found->start = address;
		found->end = address + 1;
	}
	bpf_iter_task_vma_destroy(&it);
	return error;
}

/*
 * Where the beginning of a file lies that code was found of; 0 when it is not mapped. Most linkers map offset 0 right before the code, at the
 * distance of the offsets; some leave pages in between.
 */
__noinline __u64 stack_find_head(struct task_struct *task __arg_trusted, struct stack_found *found)
{
	struct bpf_iter_task_vma it;
	struct vm_area_struct *vma;
	__u64 head = 0;

	if (!can_defer || !bpf_iter_task_vma_new || !found)
		return 0;
	__u64 from = found->start - found->offset;
	from = from > 1 << 20 ? from - (1 << 20) : 0;
	bpf_iter_task_vma_new(&it, task, from);
	for (int step = 0; step < 16; step++) {
		vma = bpf_iter_task_vma_next(&it);
		if (!vma || vma->vm_start > found->start)
			break;
		struct file *file = BPF_CORE_READ(vma, vm_file);
		if (file && !vma->vm_pgoff && BPF_CORE_READ(file, f_inode, i_ino) == found->file.kernel_inode)
			head = vma->vm_start;
	}
	bpf_iter_task_vma_destroy(&it);
	return head;
}

/* Sends the beginning of a file as the process has it mapped: the build id's note is there, and nowhere else once the file is gone. */
static __always_inline void stack_tell_head(struct task_struct *task, struct stack_found *found, __u64 time, __u64 mm_id)
{
	__u64 head = stack_find_head(task, found);

	if (!head)
		return;
	struct stack_head *record = stack_fact_reserve(struct stack_head);
	if (!record)
		return;
	record->fact = (struct stack_fact){ .kind = STACK_FACT_HEAD, .time = time, .mm = mm_id };
	record->key = found->file;
	if (bpf_copy_from_user(record->bytes, STACK_HEAD, (void *)head))
		bpf_ringbuf_discard(record, 0);
	else
		stack_fact_send(record);
}

/* A function of its own: it is rarely called, from many places. */
__noinline int stack_refuse(__u64 time, __u64 mm_id, __u64 address, __u32 reason, int error)
{
	struct stack_refusal *refusal = stack_fact_reserve(struct stack_refusal);
	if (!refusal)
		return 0;
	refusal->fact = (struct stack_fact){ .kind = STACK_FACT_REFUSAL, .time = time, .mm = mm_id };
	refusal->address = address;
	refusal->reason = reason;
	refusal->error = error;
	stack_fact_send(refusal);
	return 1;
}

/* Looks up one frame and tells what is new. `may_fault` in a look-up that may sleep, in the task itself. */
static __always_inline void stack_resolve(struct task_struct *task, struct stack_task *state, __u64 address, int may_fault)
{
	struct stack_found found = {};
	int error = -EBUSY;

	for (int try = 0; try < STACK_LOOKUP_TRIES && error == -EBUSY; try++) {
		stack_add(lookups);
		error = stack_look_up(task, address, state->time, &found);
	}
	if (error) {
		stack_add(lookups_busy);
		stack_refuse(state->time, state->mm, address, error == -EBUSY ? STACK_REFUSED_BUSY : STACK_REFUSED_GONE, error);
		return;
	}
	if (found.mapping == STACK_MAPPING_NOTHING)
		stack_add(lookups_empty);
	if (stack_tell_mapping(state->time, state->mm, task->tgid, &found))
		stack_cache(state, found.start, found.end);
	if (may_fault && found.is_new_file)
		stack_tell_head(task, &found, state->time, state->mm);
}

/*
 * Tells the next mapping with code from an address on, and puts the address behind it. Gives 1, or 0 when there is none, or an error when it
 * could not be told. A function of its own, so that the verifier looks at it once and not at each place that it is called from.
 */
__noinline int stack_tell_next(struct task_struct *task __arg_trusted, __u64 time, __u64 mm_id, __u64 *address)
{
	struct bpf_iter_task_vma it;
	struct stack_found found = {};
	struct vm_area_struct *vma;
	int has_code = 0;

	if (!can_defer || !bpf_iter_task_vma_new || !bpf_iter_num_new || !address)
		return 0;
	int error = bpf_iter_task_vma_new(&it, task, *address);
	while ((vma = bpf_iter_task_vma_next(&it))) {
		if (!(vma->vm_flags & VM_EXEC))
			continue;
		*address = vma->vm_end;
		stack_describe(&found, vma, BPF_CORE_READ(task, mm), time, task->tgid);
		has_code = 1;
		break;
	}
	bpf_iter_task_vma_destroy(&it);
	if (!has_code)
		return error;
	return stack_tell_mapping(time, mm_id, task->tgid, &found) ? 1 : -EBUSY;
}

/*
 * Tells all of an address space's code: which of it callers without frame pointers are in is found out in user space. Once for each state of
 * the address space.
 */
static __always_inline void stack_tell_code(struct task_struct *task, struct stack_task *state, __u32 sequence)
{
	struct stack_mm *mm = stack_mm_of(state->mm);
	struct bpf_iter_num numbers;
	__u64 address = 0;
	int told = 1;

	if (mm && mm->walked == sequence)
		return;
	bpf_iter_num_new(&numbers, 0, STACK_MOST_CODE);
	while (bpf_iter_num_next(&numbers)) {
		told = stack_tell_next(task, state->time, state->mm, &address);
		if (told <= 0)
			break;
	}
	bpf_iter_num_destroy(&numbers);
	/* With an odd one somebody is at it; what could not be told is tried again at the next look-up. */
	if (mm && !(sequence & 1) && told >= 0)
		mm->walked = sequence;
}

/* Looks up the frames that wait, and lets the task's next sample in. The caller has claimed them: see stack_claim(). */
static __always_inline void stack_finish(struct task_struct *task, struct stack_task *state, int may_fault)
{
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	__u32 frames = state->frames;
	struct bpf_iter_num numbers;
	int *at;

	if (!mm || stack_mm_id(task, mm) != state->mm) {
		stack_add(cancelled);
		stack_refuse(state->time, state->mm, 0, STACK_REFUSED_GONE, -ESRCH);
		state->state = STACK_TASK_IDLE;
		return;
	}
	__u32 sequence = stack_sequence(mm);
	if (state->cached_mm != state->mm || state->cached_sequence != sequence)
		stack_empty_cache(state);
	state->cached_mm = 0;
	bpf_iter_num_new(&numbers, 0, STACK_MAX_FRAMES);
	while ((at = bpf_iter_num_next(&numbers))) {
		__u32 index = *at;
		if (index >= frames || index >= STACK_MAX_FRAMES)
			break;
		/* A return address may be one past the end of its mapping; the call is before it. */
		__u64 address = state->frame[index] - (index > 0);
		if (!stack_is_cached(state, address))
			stack_resolve(task, state, address, may_fault);
	}
	bpf_iter_num_destroy(&numbers);
	if (copy_bytes)
		stack_tell_code(task, state, sequence);
	/* Nothing moved meanwhile: the ranges hold until something does. */
	if (!(sequence & 1) && stack_sequence(mm) == sequence) {
		state->cached_sequence = sequence;
		state->cached_mm = state->mm;
	}
	state->state = STACK_TASK_IDLE;
}

/* Takes the pending look-up of a task; the callback, the exit and the sweep each try. */
static __always_inline int stack_claim(struct stack_task *state)
{
	return __sync_val_compare_and_swap(&state->state, STACK_TASK_PENDING, STACK_TASK_WALKING) == STACK_TASK_PENDING;
}

#endif
