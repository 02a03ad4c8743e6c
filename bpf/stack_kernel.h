/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* The kernel's types as far as only the stack sampler reads them; see vma_kernel.h for how such a header fits every kernel. */
#ifndef BPFI_STACK_KERNEL_H
#define BPFI_STACK_KERNEL_H

#include <stdbool.h>
#include "vma_kernel.h"
#include <linux/bpf_perf_event.h>
#include <bpf/bpf_tracing.h>

#define PF_EXITING 0x00000004
#define PF_KTHREAD 0x00200000
#define PF_USER_WORKER 0x00004000
#define VM_EXEC 0x4
#define VM_MAYSHARE 0x80
#define PAGE_SHIFT 12

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct kernfs_node {
	const char *name;
	__u64 id;
};

/* The way up was called `parent` until 6.15 (633488947ef6). */
struct kernfs_node___new {
	struct kernfs_node *__parent;
};

struct kernfs_node___old {
	struct kernfs_node *parent;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct completion;

struct ns_common {
	unsigned int inum;
};

struct mnt_namespace {
	struct ns_common ns;
};

struct nsproxy {
	struct mnt_namespace *mnt_ns;
};

typedef struct {
	__u32 val;
} kuid_t;

struct cred {
	kuid_t euid;
};

/* How long the task has run in all, and when it was put on the CPU last. */
struct sched_entity {
	__u64 sum_exec_runtime;
	__u64 prev_sum_exec_runtime;
};

struct task_struct___stacks {
	struct sched_entity se;
	struct task_struct *real_parent;
	struct css_set *cgroups;
	struct completion *vfork_done;
	struct nsproxy *nsproxy;
	const struct cred *cred;
	__u64 start_time;
	__u64 self_exec_id;
	int tgid;
};

/* No bitfield can be asked of a pointer, hence a struct of its own. */
struct task_struct___exec {
	unsigned in_execve : 1;
};

/* Since 6.14: odd while somebody changes the address space, another even number afterwards (03a001b156d2). */
struct mm_struct___counted {
	struct {
		unsigned sequence;
	} mm_lock_seq;
};

/* x86 numbers address spaces, and never gives a number twice. */
struct mm_struct___numbered {
	struct {
		__u64 ctx_id;
	} context;
};

struct mm_struct___vdso {
	struct {
		void *vdso;
	} context;
};

struct mm_struct___arguments {
	unsigned long end_code;
	unsigned long arg_start;
	unsigned long arg_end;
	unsigned long exec_vm;
	int map_count;
};

struct timespec64 {
	__s64 tv_sec;
	long tv_nsec;
};

struct inode___times {
	long long i_size;
	unsigned i_nlink;
};

/* The times of the last change to the contents, and to anything: two numbers since 6.11 (3aa63a569c64), a struct before. */
struct inode___split {
	__s64 i_mtime_sec;
	__u32 i_mtime_nsec;
	__s64 i_ctime_sec;
	__u32 i_ctime_nsec;
};

struct inode___together {
	struct timespec64 i_mtime;
	struct timespec64 i_ctime;
};

struct inode___underscored {
	struct timespec64 __i_mtime;
	struct timespec64 __i_ctime;
};

#pragma clang attribute pop

/* Lies in a map's value; the kernel knows it by its name. Since 6.18. */
struct bpf_task_work {
	__u64 __opaque;
} __attribute__((aligned(8)));

/* Whole, since libbpf compares the kinds of types and a declaration is another kind. */
struct bpf_map {
	__u32 id;
};

/* 6.18 exports it with a fifth argument, the verifier's; 7.0 under the plain name, without it. */
extern int bpf_task_work_schedule_resume_impl(struct task_struct *task, struct bpf_task_work *work, void *map__map,
					      int (*callback)(struct bpf_map *map, void *key, void *value), void *aux__prog) __ksym __weak;
extern int bpf_task_work_schedule_resume(struct task_struct *task, struct bpf_task_work *work, void *map__map,
					 int (*callback)(struct bpf_map *map, void *key, void *value)) __ksym __weak;

#endif
