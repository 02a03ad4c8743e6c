/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* Which file is mapped, and its path, which is sent once. */
#ifndef BPFI_STACK_FILE_H
#define BPFI_STACK_FILE_H

#include "backing_file.h"
#include "stack_maps.h"

/* Where a file was opened, as its user sees it: on an overlay the file that is mapped is that of a layer below. */
static __always_inline int stack_user_path(struct file *file, struct path *path)
{
	path->mnt = BPF_CORE_READ(file, f_path.mnt);
	path->dentry = BPF_CORE_READ(file, f_path.dentry);
	return backing_user_path(file, BPF_CORE_READ(file, f_mode), path);
}

/* In newer kernels the nanoseconds carry a mark above them (I_CTIME_QUERIED, since 6.13). */
#define STACK_NANOSECONDS 0x3fffffff
#define STACK_TIME(inode, seconds, nanoseconds) \
	(BPF_CORE_READ(inode, seconds) * 1000000000ull + (BPF_CORE_READ(inode, nanoseconds) & STACK_NANOSECONDS))

static __always_inline __u64 stack_changed(struct inode *inode)
{
	struct inode___split *split = (void *)inode;
	struct inode___together *together = (void *)inode;
	struct inode___underscored *underscored = (void *)inode;

	if (bpf_core_field_exists(split->i_ctime_sec))
		return STACK_TIME(split, i_ctime_sec, i_ctime_nsec);
	if (bpf_core_field_exists(together->i_ctime))
		return STACK_TIME(together, i_ctime.tv_sec, i_ctime.tv_nsec);
	if (bpf_core_field_exists(underscored->__i_ctime))
		return STACK_TIME(underscored, __i_ctime.tv_sec, __i_ctime.tv_nsec);
	return 0;
}

static __always_inline void stack_identify(struct stack_file_key *key, struct file *file, struct path *path)
{
	struct inode *mapped = BPF_CORE_READ(file, f_inode), *shown = mapped;

	if (stack_user_path(file, path))
		shown = BPF_CORE_READ(path, dentry, d_inode);
	key->inode = BPF_CORE_READ(shown, i_ino);
	key->dev = BPF_CORE_READ(shown, i_sb, s_dev);
	key->kernel_inode = BPF_CORE_READ(mapped, i_ino);
	key->kernel_dev = BPF_CORE_READ(mapped, i_sb, s_dev);
	key->generation = BPF_CORE_READ(mapped, i_generation);
	key->padding = 0;
	key->changed = stack_changed(mapped);
}

static __always_inline void stack_write_times(struct stack_file *record, struct inode *inode)
{
	struct inode___split *split = (void *)inode;
	struct inode___together *together = (void *)inode;
	struct inode___underscored *underscored = (void *)inode;

	record->size = BPF_CORE_READ((struct inode___times *)inode, i_size);
	record->modified_seconds = 0;
	record->modified_nanoseconds = 0;
	if (bpf_core_field_exists(split->i_mtime_sec)) {
		record->modified_seconds = BPF_CORE_READ(split, i_mtime_sec);
		record->modified_nanoseconds = BPF_CORE_READ(split, i_mtime_nsec);
	} else if (bpf_core_field_exists(together->i_mtime)) {
		record->modified_seconds = BPF_CORE_READ(together, i_mtime.tv_sec);
		record->modified_nanoseconds = BPF_CORE_READ(together, i_mtime.tv_nsec);
	} else if (bpf_core_field_exists(underscored->__i_mtime)) {
		record->modified_seconds = BPF_CORE_READ(underscored, __i_mtime.tv_sec);
		record->modified_nanoseconds = BPF_CORE_READ(underscored, __i_mtime.tv_nsec);
	}
}

/* Appends a name. Gives 0 when there is no more room. */
static __always_inline int stack_add_name(struct stack_file *record, const void *name)
{
	__u32 at = record->length;
	if (at > STACK_PATH - STACK_PATH_PIECE)
		return 0;
	long length = bpf_probe_read_kernel_str(record->path + at, STACK_PATH_PIECE, name);
	if (length <= 0)
		return 0;
	record->length = at + length;
	return 1;
}

/* From a directory entry up to the root of its mount namespace. No lock is held: a rename in the middle can give a path that never was. */
static __always_inline void stack_write_path(struct stack_file *record, struct vfsmount *mount, struct dentry *dentry)
{
	if (!BPF_CORE_READ(dentry, d_hash.pprev) && BPF_CORE_READ(dentry, d_parent) != dentry)
		record->flags |= STACK_FILE_DELETED;

	struct bpf_iter_num steps;
	int is_whole = 0;

	bpf_iter_num_new(&steps, 0, STACK_PATH_DEPTH);
	while (!is_whole && bpf_iter_num_next(&steps)) {
		struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
		if (dentry == BPF_CORE_READ(mount, mnt_root)) {
			struct mount *inner = (void *)mount - bpf_core_field_offset(struct mount, mnt);
			struct mount *outer = BPF_CORE_READ(inner, mnt_parent);
			is_whole = outer == inner || !outer;
			dentry = BPF_CORE_READ(inner, mnt_mountpoint);
			mount = (void *)outer + bpf_core_field_offset(struct mount, mnt);
		} else if (parent == dentry) {
			is_whole = 1;
		} else if (stack_add_name(record, BPF_CORE_READ(dentry, d_name.name))) {
			dentry = parent;
		} else {
			break;
		}
	}
	bpf_iter_num_destroy(&steps);
	if (!is_whole)
		record->flags |= STACK_FILE_PATH_TRUNCATED;
}

/*
 * Sends a file's facts. A function of its own, checked once by the verifier: inlined into a loop it would exceed a million instructions.
 * Addresses are numbers, so that any program may call it.
 */
__noinline int stack_tell_file(__u64 file_address, __u64 time, __u32 pid, __u64 start, __u64 end)
{
	/* Where nobody calls this, the verifier looks at it all the same, and knows no such loops before 6.4. */
	if (!can_defer || !bpf_iter_num_new)
		return 0;
	struct file *file = (void *)file_address;
	struct stack_file *record = stack_fact_reserve(struct stack_file);
	struct stack_file_key key;
	struct path path;
	__u32 one = 1;

	if (!record)
		return 0;
	stack_identify(&key, file, &path);
	record->fact = (struct stack_fact){ .kind = STACK_FACT_FILE, .time = time };
	record->key = key;
	record->pid = pid;
	record->start = start;
	record->end = end;
	record->flags = 0;
	record->length = 0;
	stack_write_times(record, BPF_CORE_READ(file, f_inode));
	if (BPF_CORE_READ(path.dentry, d_op, d_dname)) {
		record->flags = STACK_FILE_PSEUDO | STACK_FILE_DELETED;
		stack_add_name(record, BPF_CORE_READ(path.dentry, d_name.name));
	} else {
		stack_write_path(record, path.mnt, path.dentry);
	}
	/* At once: the file may be deleted soon, and user space wants to hold it. */
	bpf_ringbuf_submit(record, BPF_RB_FORCE_WAKEUP);
	bpf_map_update_elem(&stack_files, &key, &one, BPF_ANY);
	return 1;
}

#endif
