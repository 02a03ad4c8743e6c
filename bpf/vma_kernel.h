/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * The kernel's types, as far as the VMA engines and the stack sampler read them. Only names count: libbpf finds the real offsets in the running kernel's BTF
 * when a program is loaded (CO-RE), so this header fits every kernel and no vmlinux.h is needed to build.
 *
 * A struct whose name ends in ___something is the same kernel type seen again (libbpf ignores the ending): it holds a field that only
 * some kernels have, to be asked for with bpf_core_field_exists first.
 */
#ifndef BPFI_VMA_KERNEL_H
#define BPFI_VMA_KERNEL_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#define ENOENT 2
#define ESRCH 3
#define EBUSY 16
#define EOPNOTSUPP 95

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct dentry;
struct inode;
struct mm_struct;
struct vfsmount;
struct pid_namespace;

struct qstr {
	const unsigned char *name;
};

struct hlist_bl_node {
	struct hlist_bl_node **pprev;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct super_block {
	__u32 s_dev;
	unsigned long s_magic;
};

struct inode {
	unsigned long i_ino;
	__u32 i_generation;
	struct super_block *i_sb;
};

struct dentry_operations {
	char *(*d_dname)(struct dentry *, char *, int);
};

struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	const struct dentry_operations *d_op;
	struct super_block *d_sb;
	struct hlist_bl_node d_hash;
	void *d_fsdata;
};

struct vfsmount {
	struct dentry *mnt_root;
	struct super_block *mnt_sb;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};

struct file {
	struct path f_path;
	struct inode *f_inode;
	unsigned int f_mode;
};

/* Since 6.5; user_path since 6.7 (def3ae83da02). */
struct backing_file {
	struct path user_path;
};

struct dma_buf {
	const char *name;
};

struct vm_area_struct;

struct vm_operations_struct {
	const char *(*name)(struct vm_area_struct *);
};

struct vm_special_mapping {
	const char *name;
};

struct vm_area_struct {
	unsigned long vm_start;
	unsigned long vm_end;
	struct mm_struct *vm_mm;
	unsigned long vm_flags;
	const struct vm_operations_struct *vm_ops;
	unsigned long vm_pgoff;
	struct file *vm_file;
	void *vm_private_data;
};

/* Before 6.1 the VMAs of a process were a linked list (763ecb035029 took it away). */
struct vm_area_struct___list {
	struct vm_area_struct *vm_next;
};

struct mm_struct___list {
	struct vm_area_struct *mmap;
};

/* Since 5.17, where CONFIG_ANON_VMA_NAME is set (9a10064f5625). Before 6.2 it shared its place with `shared`, which files use. */
struct anon_vma_name {
	char name[0];
};

struct vm_area_struct___named {
	struct anon_vma_name *anon_name;
	struct {
		unsigned long rb_subtree_last;
	} shared;
};

struct mm_struct {
	unsigned long start_brk;
	unsigned long brk;
	unsigned long start_stack;
};

struct fs_struct {
	struct path root;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

struct task_struct {
	unsigned int flags;
	struct mm_struct *mm;
	int pid;
	int tgid;
	struct pid *thread_pid;
	struct task_struct *group_leader;
	__u64 start_boottime;
	char comm[16];
	struct fs_struct *fs;
};

/* The open-coded iterator's inside: before 2026's rework (in 6.18.44) it held mmap_lock from end to end and had no copy of a VMA. */
struct bpf_iter_task_vma_kern_data___copying {
	struct vm_area_struct snapshot;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
	__u64 session_id;
	__u64 seq_num;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct bpf_iter__task_vma {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	struct vm_area_struct *vma;
};

#pragma clang attribute pop

/* On the BPF stack, so its size is a fact of the program and not of the kernel: 8 bytes since 6.7 (4ac454682158). */
struct bpf_iter_task_vma {
	__u64 __opaque[1];
};

struct bpf_iter_num {
	__u64 __opaque[1];
};

/* Since 6.7. Any program may call them; with interrupts off they give -EBUSY. */
extern int bpf_iter_task_vma_new(struct bpf_iter_task_vma *it, struct task_struct *task, __u64 address) __ksym __weak;
extern struct vm_area_struct *bpf_iter_task_vma_next(struct bpf_iter_task_vma *it) __ksym __weak;
extern void bpf_iter_task_vma_destroy(struct bpf_iter_task_vma *it) __ksym __weak;

/* Kernel functions since 6.4: counting. */
extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym __weak;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym __weak;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym __weak;

/* Since 6.2, 6.14 and 6.2: a task by its pid in the first namespace, in the caller's, and letting it go. */
extern struct task_struct *bpf_task_from_pid(__s32 pid) __ksym __weak;
extern struct task_struct *bpf_task_from_vpid(__s32 pid) __ksym __weak;
extern void bpf_task_release(struct task_struct *task) __ksym __weak;

#endif
