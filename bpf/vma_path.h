/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * The path of a file, as d_path() makes it for /proc/PID/maps: from the file's directory entry up to the caller's root, through mounts.
 *
 * bpf_d_path() would do it too, but only in some program types, never for the path of a container's file (struct backing_file), and at
 * about twice the cost. No lock is held: a rename in the middle of a walk can give a path that never was. d_path() retries; we cannot see
 * rename_lock's count from here and accept it.
 */
#ifndef BPFI_VMA_PATH_H
#define BPFI_VMA_PATH_H

#include "vma_tables.h"

/* Appends a NUL-terminated string of the kernel to the texts. Gives its length with the NUL, or 0 if there is no room. */
static __always_inline __u32 vma_add_text(const void *string)
{
	__u32 zero = 0, at = vma_filled.text;
	struct vma_text *text = bpf_map_lookup_elem(&vma_texts, &zero);
	if (!text || at > VMA_TEXT_SIZE - VMA_TEXT_PIECE)
		return 0;
	long length = bpf_probe_read_kernel_str(&text->bytes[at], VMA_TEXT_PIECE, string);
	if (length <= 0)
		return 0;
	vma_filled.text = at + length;
	return length;
}

/* One step up: gives 1 if a name was written or a mount was left, 0 at the top, and what went wrong in `flags`. */
static __always_inline int vma_climb(struct vfsmount **mount, struct dentry **dentry, __u32 *flags)
{
	if ((__u64)*dentry == vma_filled.root_dentry && (__u64)*mount == vma_filled.root_mount)
		return 0;
	if (*dentry == BPF_CORE_READ(*mount, mnt_root)) {
		struct mount *inner = (void *)*mount - bpf_core_field_offset(struct mount, mnt);
		struct mount *outer = BPF_CORE_READ(inner, mnt_parent);
		if (outer == inner || !outer)
			return 0;
		*dentry = BPF_CORE_READ(inner, mnt_mountpoint);
		*mount = (void *)outer + bpf_core_field_offset(struct mount, mnt);
		return 1;
	}
	struct dentry *parent = BPF_CORE_READ(*dentry, d_parent);
	if (parent == *dentry) {
		*flags |= VMA_NAME_ESCAPED;
		return 0;
	}
	if (!vma_add_text(BPF_CORE_READ(*dentry, d_name.name))) {
		*flags |= VMA_NAME_TRUNCATED;
		return 0;
	}
	*dentry = parent;
	return 1;
}

/* Writes a path's pieces into the texts, the last first, and gives enum vma_name_flags. A function of its own, checked once by the
 * verifier: inlined into a loop over VMAs it would exceed a million instructions. Addresses are numbers so that any program can call it. */
__noinline int vma_write_path(__u64 mount_address, __u64 dentry_address)
{
	struct vfsmount *mount = (void *)mount_address;
	struct dentry *dentry = (void *)dentry_address;
	__u32 flags = VMA_NAME_TRUNCATED;
	if (!BPF_CORE_READ(dentry, d_hash.pprev) && BPF_CORE_READ(dentry, d_parent) != dentry)
		flags |= VMA_NAME_DELETED;
	for (int step = 0; step < VMA_MAX_DEPTH; step++) {
		__u32 trouble = 0;
		if (!vma_climb(&mount, &dentry, &trouble)) {
			flags = (flags & ~VMA_NAME_TRUNCATED) | trouble;
			break;
		}
	}
	return flags;
}

#endif
