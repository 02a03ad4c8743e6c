/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * For code without frame pointers: the registers of user space and the live part of its stack go with a sample, and user space finds the
 * callers by what the files say of their code. A record is then: the sample, its frames, the registers, where the copy of the stack begins,
 * the stack from there to the record's end.
 *
 * Put together in an array's value and not in the ring itself: that takes dynptrs, and bpf_probe_read_user_dynptr() is there since 6.16 only.
 * An array with a value a CPU and not a per-CPU one: those end at 32 KiB.
 */
#ifndef BPFI_STACK_COPY_H
#define BPFI_STACK_COPY_H

#include "stack_maps.h"

/* 0 for none, else the most bytes of a stack. */
const volatile __u32 copy_bytes = 0;

#define STACK_COPY_PAGES 9	/* those that 32 KiB can lie in */

struct stack_copy_draft {
	__u8 bytes[65536];
	__u8 room[8192];	/* so that the verifier sees that a page at any offset below 64 KiB fits; no stack reaches so far, and the registers are read to here */

	/* How far it has come. Here and not in variables, so that the verifier follows no number through the loop: 1,000 instructions in place of 250,000. */
	__u64 start;		/* of what was copied */
	__u64 address;		/* what comes next */
	__u32 at;		/* where that goes to */
	__u32 left;		/* bytes of the stack from there on */
};

/* User space makes it one a CPU, if stacks are copied at all. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct stack_copy_draft);
} stack_copy_drafts SEC(".maps");

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* The kernel's own, whose names are others than those of <asm/ptrace.h>. */
struct pt_regs___kernel {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, ip, sp;
};

struct mm_struct___stack {
	unsigned long start_stack;
};

#pragma clang attribute pop

/* A register of those that were read to a place as the kernel keeps them. */
#define stack_register(place, name) (*(__u64 *)&(place)[bpf_core_field_offset(struct pt_regs___kernel, name)])

/* By their DWARF numbers; 16 is the program counter. Read in one piece: a call for each took as long as the copy of a page. */
static __always_inline void stack_copy_registers(struct task_struct *task, struct stack_copy_draft *copy, __u64 *to)
{
	__u8 *place = copy->room;

	bpf_probe_read_kernel(place, bpf_core_type_size(struct pt_regs___kernel) & 4095, (void *)bpf_task_pt_regs(task));
	to[0] = stack_register(place, ax);
	to[1] = stack_register(place, dx);
	to[2] = stack_register(place, cx);
	to[3] = stack_register(place, bx);
	to[4] = stack_register(place, si);
	to[5] = stack_register(place, di);
	to[6] = stack_register(place, bp);
	to[7] = stack_register(place, sp);
	to[8] = stack_register(place, r8);
	to[9] = stack_register(place, r9);
	to[10] = stack_register(place, r10);
	to[11] = stack_register(place, r11);
	to[12] = stack_register(place, r12);
	to[13] = stack_register(place, r13);
	to[14] = stack_register(place, r14);
	to[15] = stack_register(place, r15);
	to[16] = stack_register(place, ip);
}

/* How much of the stack there can be: above start_stack lie the arguments, which are nobody's frames. */
static __always_inline __u32 stack_copy_length(struct task_struct *task, __u64 pointer)
{
	struct mm_struct___stack *mm = (void *)BPF_CORE_READ(task, mm);
	__u64 end = BPF_CORE_READ(mm, start_stack), most = copy_bytes;

	return pointer < end && end - pointer < most ? end - pointer : most;
}

/*
 * Copies what lies in one page; gives 0 when there is no more. Page by page, for a copy that fails half way leaves nobody knows what: the record ends
 * where a page could not be read. At the top of the stack such pages are passed over, for a function makes its room before it is the first to touch
 * it, and the page fault's own samples are taken there.
 */
__noinline int stack_copy_page(struct stack_copy_draft *copy)
{
	if (!copy)
		return 0;
	__u64 address = copy->address;
	__u32 size = 4096 - (address & 4095), left = copy->left, at = copy->at;

	if (size > left)
		size = left;
	/* Before 6.9 the verifier learns nothing from the comparison of two registers. */
	barrier_var(size);
	if (!size || size > 4096)
		return 0;
	if (!bpf_probe_read_user(&copy->bytes[at & 65535], size, (void *)address))
		copy->at = at + size;
	else if (copy->start == address)
		copy->start = address + size;
	else
		return 0;
	copy->address = address + size;
	copy->left = left - size;
	return 1;
}

/* Sends the sample with registers and stack. Gives 0 when there is no room to put it together in. */
static __always_inline int stack_send_copied(struct task_struct *task, struct stack_draft *draft)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct stack_copy_draft *copy = bpf_map_lookup_elem(&stack_copy_drafts, &cpu);
	__u32 head = (sizeof(draft->sample) + (draft->sample.kernel_frames + draft->sample.user_frames) * sizeof(__u64)) & 4095;

	if (!copy)
		return 0;
	draft->sample.flags |= STACK_COPIED;
	bpf_probe_read_kernel(copy->bytes, head, draft);
	__u64 *registers = (void *)&copy->bytes[head];
	stack_copy_registers(task, copy, registers);
	copy->start = copy->address = registers[7];
	copy->left = stack_copy_length(task, copy->address);
	copy->at = head + (STACK_REGISTERS + 1) * sizeof(__u64);
	for (int page = 0; page < STACK_COPY_PAGES; page++) {
		if (!stack_copy_page(copy))
			break;
	}
	registers[STACK_REGISTERS] = copy->start;
	if (bpf_ringbuf_output(&stack_samples, copy, copy->at & 65535, stack_wake(stack_samples, samples_size)))
		stack_add(samples_dropped);
	else
		stack_add(samples);
	return 1;
}

#endif
