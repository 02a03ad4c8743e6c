/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * Engine `task-vma-iter`, Linux 5.12 and later (by pid since 6.1): a program that the kernel runs for each VMA of each task while user space
 * reads a seq file. User space asks the kernel for one process; where the kernel goes through all of them, the program picks.
 *
 * The kernel holds mmap_lock for as long as one read() takes to fill its buffer, and lets go when a writer waits: more than one moment. The
 * one engine that survives a leader which has left: the kernel goes on to the next thread.
 */
#include "vma_walk.h"

/* The reading that goes on, and the thread through which its process's VMAs are taken: threads share them. */
struct {
	__u64 session;
	__u32 tgid;
	__u32 tid;
} vma_reading;

/* So that its layout is in the BTF, where a test compares it with user space's. */
const struct vma_row *vma_row_layout __attribute__((unused));

/* Whether this task's VMAs are to be written; `is_new` if it is the first of them. */
static __always_inline int is_wanted_task(__u64 session, struct task_struct *task, __u32 pid, int *is_new)
{
	struct task_struct *caller = (void *)bpf_get_current_task();

	if (pid && vma_pid_at(task->group_leader, vma_pid_level(caller)) != pid)
		return 0;
	if (vma_reading.session != session) {
		vma_reading.session = session;
		vma_reading.tgid = 0;
		vma_empty_tables();
	}
	*is_new = vma_reading.tgid != task->tgid;
	if (*is_new)
		vma_empty_tables();	/* each process gets the names of all its files */
	return *is_new || vma_reading.tid == task->pid;
}

static __always_inline int write_name(struct seq_file *seq, __u32 index)
{
	__u32 zero = 0;
	struct vma_name *name = bpf_map_lookup_elem(&vma_names, &index);
	struct vma_text *text = bpf_map_lookup_elem(&vma_texts, &zero);
	if (!name || !text)
		return -ENOENT;
	__u32 at = name->text, length = name->length;
	if (at > VMA_TEXT_SIZE - VMA_MAX_DEPTH * VMA_TEXT_PIECE || length > VMA_MAX_DEPTH * VMA_TEXT_PIECE)
		return -ENOENT;
	int error = bpf_seq_write(seq, name, sizeof(*name));
	return error || !length ? error : bpf_seq_write(seq, &text->bytes[at], length);
}

static __always_inline int write_row(struct seq_file *seq, struct task_struct *task, struct vma_row *row)
{
	int error = bpf_seq_write(seq, row, sizeof(*row));
	if (!error && (row->parts & VMA_ROW_TASK)) {
		struct vma_task who;
		vma_describe_task(&who, task);
		error = bpf_seq_write(seq, &who, sizeof(who));
	}
	if (!error && (row->parts & VMA_ROW_NAME))
		error = write_name(seq, row->record.name - 1);
	return error;
}

/* Fills in a row; names made before are forgotten when their table is full. */
static __always_inline int fill_row(struct vma_row *row, struct vm_area_struct *vma)
{
	__u32 names = vma_filled.names;

	if (!vma_describe(&row->record, vma)) {
		vma_empty_tables();
		names = 0;
		if (!vma_describe(&row->record, vma))
			return 0;
	}
	if (vma_filled.names > names)
		row->parts |= VMA_ROW_NAME;
	return 1;
}

SEC("iter/task_vma")
int vma_walk_task_iter(struct bpf_iter__task_vma *context)
{
	struct task_struct *task = context->task;
	struct vm_area_struct *vma = context->vma;
	struct vma_walk *walk = vma_request();
	struct vma_row row = {};
	int is_new;

	if (!task || !vma || !walk || !is_wanted_task(context->meta->session_id, task, walk->pid, &is_new))
		return 0;
	row.parts = is_new ? VMA_ROW_TASK : 0;
	if (vma_is_wanted(vma, walk->filter) && vma->vm_end > walk->from && fill_row(&row, vma)) {
		if (write_row(context->meta->seq, task, &row)) {
			/* The buffer is full. The kernel drops what was written of this row and calls again for it: forget its name. */
			vma_empty_tables();
			return 0;
		}
		vma_reading.tgid = task->tgid;
		vma_reading.tid = task->pid;
	}
	walk->seen++;
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
