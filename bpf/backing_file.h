/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* On an overlay the file that is mapped is that of a layer below; where the kernel keeps it, the path that its user opened lies beside it. */
#ifndef BPFI_BACKING_FILE_H
#define BPFI_BACKING_FILE_H

#include "vma_kernel.h"

/* FMODE_BACKING was bit 25 from 6.5 on and is bit 24 since about 6.14; each is another flag where it is not this one. So the flag only
 * raises the question, and backing_user_path() looks whether a path is there. */
#define FMODE_MAYBE_BACKING (3 << 24)

/* Puts the path of a backing file's user into `path`; leaves it, and gives 0, for every other file. `mode` is the file's f_mode. */
static __always_inline int backing_user_path(struct file *file, unsigned int mode, struct path *path)
{
	if (!bpf_core_field_exists(struct backing_file, user_path) || !(mode & FMODE_MAYBE_BACKING))
		return 0;
	struct backing_file *backing = (void *)file;
	struct vfsmount *mount = BPF_CORE_READ(backing, user_path.mnt);
	struct dentry *dentry = BPF_CORE_READ(backing, user_path.dentry);
	struct super_block *of_dentry = BPF_CORE_READ(dentry, d_sb);
	if (!of_dentry || of_dentry != BPF_CORE_READ(mount, mnt_sb))
		return 0;
	path->mnt = mount;
	path->dentry = dentry;
	return 1;
}

#endif
