/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/* Which file a VMA maps and what it is called, by the rules of get_vma_name() in the kernel's fs/proc/task_mmu.c. */
#ifndef BPFI_VMA_NAME_H
#define BPFI_VMA_NAME_H

#include "backing_file.h"
#include "vma_path.h"

/* How a field is read: at once where the verifier knows the type of the pointer, by probe where an engine has only an address. */
#ifdef VMA_BY_ADDRESS
#define vma_get(pointer, field) BPF_CORE_READ(pointer, field)
#else
#define vma_get(pointer, field) ((pointer)->field)
#endif

#define SOCKFS_MAGIC 0x534f434b
#define DMA_BUF_MAGIC 0x444d4142
#define ANON_INODE_FS_MAGIC 0x09041934

/* Where a file was opened, as its user sees it. On an overlay the file that is mapped is that of a layer below. */
static __always_inline int vma_user_path(struct file *file, struct path *path)
{
	path->mnt = vma_get(file, f_path.mnt);
	path->dentry = vma_get(file, f_path.dentry);
	return backing_user_path(file, vma_get(file, f_mode), path);
}

/* The next free name, or nothing when a table is full. There must be room for the longest path, so that a walk stops between VMAs. */
static __always_inline struct vma_name *vma_new_name(__u32 kind)
{
	__u32 index = vma_filled.names;
	if (vma_filled.text > VMA_TEXT_SIZE - VMA_MAX_DEPTH * VMA_TEXT_PIECE)
		return 0;
	struct vma_name *name = bpf_map_lookup_elem(&vma_names, &index);
	if (!name)
		return 0;
	vma_filled.names = index + 1;
	*name = (struct vma_name){ .kind = kind, .text = vma_filled.text };
	return name;
}

static __always_inline void vma_identify(__u64 *number, __u32 *dev, struct inode *inode)
{
	*number = BPF_CORE_READ(inode, i_ino);
	*dev = BPF_CORE_READ(inode, i_sb, s_dev);
}

/* Files on mounts that nobody sees are named by their dentry (d_dname), each kind in its own way. */
static __always_inline void vma_name_pseudo_file(struct vma_name *name, struct dentry *dentry)
{
	struct dma_buf *buffer;

	switch (BPF_CORE_READ(dentry, d_sb, s_magic)) {
	case SOCKFS_MAGIC:
		name->kind = VMA_NAME_SOCKET;
		break;
	case DMA_BUF_MAGIC:
		name->kind = VMA_NAME_DMABUF;
		buffer = BPF_CORE_READ(dentry, d_fsdata);
		vma_add_text(BPF_CORE_READ(buffer, name));
		break;
	case ANON_INODE_FS_MAGIC:
		name->kind = VMA_NAME_ANON_INODE;
		vma_add_text(BPF_CORE_READ(dentry, d_name.name));
		break;
	default:
		name->kind = VMA_NAME_PSEUDO;
		name->flags = VMA_NAME_DELETED;
		vma_add_text(BPF_CORE_READ(dentry, d_name.name));
	}
}

static __always_inline void vma_write_file(struct vma_name *name, struct vma_name_key *key)
{
	struct inode *mapped = (void *)key->object;
	struct dentry *dentry = (void *)key->dentry;
	struct vfsmount *mount = (void *)key->mount;
	struct inode *shown = key->backing ? BPF_CORE_READ(dentry, d_inode) : mapped;

	vma_identify(&name->kernel_inode, &name->kernel_dev, mapped);
	vma_identify(&name->inode, &name->dev, shown);
	name->generation = BPF_CORE_READ(mapped, i_generation);
	int is_root = dentry == BPF_CORE_READ(dentry, d_parent) && dentry == BPF_CORE_READ(mount, mnt_root);
	if (!is_root && BPF_CORE_READ(dentry, d_op, d_dname))
		vma_name_pseudo_file(name, dentry);
	else
		name->flags = vma_write_path(key->mount, key->dentry);
}

/* Writes the name whose key lies in a place of the cache. Gives 1 + its index, or 0 when a table is full. A function of its own, and so
 * it takes no pointers; what was a pointer when it was put into the map is a number when it is read there. */
__noinline int vma_add_name(__u32 place, __u32 kind)
{
	struct vma_cache_entry *entry = bpf_map_lookup_elem(&vma_cache, &place);
	struct vma_name *name = vma_new_name(kind);
	if (!entry || !name)
		return 0;
	switch (kind) {
	case VMA_NAME_PATH:
		vma_write_file(name, &entry->key);
		break;
	case VMA_NAME_ANON_SHARED:
		vma_identify(&name->inode, &name->dev, (void *)entry->key.object);
		vma_identify(&name->kernel_inode, &name->kernel_dev, (void *)entry->key.object);
		/* fall through */
	default:
		vma_add_text((void *)entry->key.string);
	}
	name->length = vma_filled.text - name->text;
	entry->name = vma_filled.names;
	entry->walk = vma_filled.walk;
	return vma_filled.names;
}

/* 1 + the index of the name with this key, which is written when the walk meets it first; 0 when a table is full. */
static __always_inline __u32 vma_name_of(struct vma_name_key *key, __u32 kind)
{
	__u64 hash = key->inode * 0x9e3779b97f4a7c15ull;
	__u32 place = hash >> 52;
	struct vma_cache_entry *entry = bpf_map_lookup_elem(&vma_cache, &place);
	if (!entry)
		return 0;
	struct vma_name_key *known = &entry->key;
	if (entry->walk == vma_filled.walk && known->inode == key->inode && known->object == key->object && known->dentry == key->dentry &&
	    known->mount == key->mount && known->generation == key->generation && known->string == key->string)
		return entry->name;
	entry->walk = 0;
	entry->key = *key;
	return vma_add_name(place, kind);
}

/* Where the name is that a program gave its memory, or 0. Shared memory has names since 6.2 (d09e8ca6cb93). */
static __always_inline __u64 vma_given_name(struct vm_area_struct *vma)
{
	struct vm_area_struct___named *named = (void *)vma;
	if (!bpf_core_field_exists(named->anon_name))
		return 0;
	if (vma_get(vma, vm_file) && bpf_core_field_offset(named->anon_name) == bpf_core_field_offset(named->shared))
		return 0;
	struct anon_vma_name *name = BPF_CORE_READ(named, anon_name);
	return name ? (__u64)name + bpf_core_field_offset(struct anon_vma_name, name) : 0;
}

static __always_inline __u32 vma_string_name(__u64 string, __u32 kind)
{
	struct vma_name_key key = { .inode = string, .string = string };
	return vma_name_of(&key, kind);
}

static __always_inline __u32 vma_file_name(struct vm_area_struct *vma, struct file *file)
{
	struct inode *inode = vma_get(file, f_inode);
	struct path path;
	__u32 backing = vma_user_path(file, &path);
	struct vma_name_key key = {
		.object = (__u64)inode,
		.dentry = (__u64)path.dentry,
		.mount = (__u64)path.mnt,
		.inode = vma_get(inode, i_ino),
		.generation = vma_get(inode, i_generation),
		.backing = backing,
		.string = vma_given_name(vma),
	};
	return vma_name_of(&key, key.string ? VMA_NAME_ANON_SHARED : VMA_NAME_PATH);
}

#endif
