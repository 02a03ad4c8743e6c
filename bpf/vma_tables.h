/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * Where a walk puts what it found: three arrays that user space has mapped, filled from the front. They are reused by the next walk, so
 * user space lets one walk at a time run, and copies what it keeps.
 */
#ifndef BPFI_VMA_TABLES_H
#define BPFI_VMA_TABLES_H

#include "vma_kernel.h"
#include "vmas.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, VMA_MAX_RECORDS);
	__type(key, __u32);
	__type(value, struct vma_record);
} vma_records SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, VMA_MAX_NAMES);
	__type(key, __u32);
	__type(value, struct vma_name);
} vma_names SEC(".maps");

struct vma_text {
	char bytes[VMA_TEXT_SIZE];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct vma_text);
} vma_texts SEC(".maps");

/* What tells one name of a walk from another. The inode's number and generation are in it because an inode can be freed, and its memory
 * used again, while a walk goes on that holds no lock. */
struct vma_name_key {
	__u64 object;		/* the inode's address, and where the file was opened; 0 for what is only a string of the kernel's */
	__u64 dentry;
	__u64 mount;
	__u64 string;
	__u64 inode;		/* its number, or again the string's address: what the hash is made of */
	__u32 generation;
	__u32 backing;		/* whether dentry and mount are another file's, that of the overlay */
};

/* Names seen in this walk, found by a hash of their inode's number. Two that want the same place push each other out: then a name is written
 * twice, which costs a little and is right all the same. */
#define VMA_CACHE_SIZE 4096

struct vma_cache_entry {
	struct vma_name_key key;
	__u32 walk;
	__u32 name;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, VMA_CACHE_SIZE);
	__type(key, __u32);
	__type(value, struct vma_cache_entry);
} vma_cache SEC(".maps");

/* How far the tables are filled, and what is the same for all VMAs of a walk. */
struct {
	__u32 walk;		/* its number: what the cache holds of other walks is void */
	__u32 records;
	__u32 names;
	__u32 text;
	__u64 root_mount;	/* the caller's root: paths are made as it sees them */
	__u64 root_dentry;
} vma_filled;

#endif
