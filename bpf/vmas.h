/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * What the VMA engines and user space say to each other. Fixed widths, no hidden padding; a test holds the C# layouts against these.
 *
 * A walk fills three tables. A VMA is 32 bytes and points at its name; a file's identity and path are written once for each file of the
 * walk, however many VMAs map it.
 */
#ifndef BPFI_VMAS_H
#define BPFI_VMAS_H

/* As many VMAs as the default of vm.max_map_count (65,530) lets a process have, so that nearly every walk is one call. */
#define VMA_MAX_RECORDS 65536
#define VMA_MAX_NAMES 16384
#define VMA_TEXT_SIZE (2 << 20)

/* The longest name of one directory entry (NAME_MAX) and its NUL; names of anonymous memory are shorter (80). */
#define VMA_TEXT_PIECE 256

/* A path of more directories than this is cut, and says so. */
#define VMA_MAX_DEPTH 128

enum vma_flags {
	VMA_FLAG_READ = 1,
	VMA_FLAG_WRITE = 2,
	VMA_FLAG_EXEC = 4,
	VMA_FLAG_SHARED = 8,
	VMA_FLAG_FILE = 16,	/* a file is mapped, or the shmem file behind shared anonymous memory */
	VMA_FLAG_HEAP = 32,	/* holds part of the heap that brk(2) moves */
	VMA_FLAG_STACK = 64,	/* holds the first thread's stack */
};

struct vma_record {
	__u64 start;
	__u64 end;
	__u64 page_offset;	/* offset in the file, in pages; meaningless without VMA_FLAG_FILE */
	__u32 flags;		/* enum vma_flags */
	__u32 name;		/* 1 + the index of its struct vma_name; 0 if it has none */
};

enum vma_name_kind {
	VMA_NAME_PATH = 0,	/* directory entries, the file's own first, each with its NUL */
	VMA_NAME_PSEUDO = 1,	/* a file on a mount that nobody sees (memfd:x, dev/zero, SYSV00000000): its one name */
	VMA_NAME_ANON_INODE = 2,	/* [perf_event], [io_uring] */
	VMA_NAME_SOCKET = 3,	/* no text: the inode is the name */
	VMA_NAME_DMABUF = 4,
	VMA_NAME_SPECIAL = 5,	/* the kernel's own: [vdso], [vvar], [uprobes] */
	VMA_NAME_ANON = 6,	/* given by prctl(PR_SET_VMA_ANON_NAME) */
	VMA_NAME_ANON_SHARED = 7,	/* the same, for shared anonymous memory; keeps its file's identity */
};

enum vma_name_flags {
	VMA_NAME_DELETED = 1,	/* unlinked from its directory */
	VMA_NAME_TRUNCATED = 2,	/* deeper than VMA_MAX_DEPTH: its first directories are missing */
	VMA_NAME_ESCAPED = 4,	/* moved out of the mount it was opened through: it has no path, /proc shows "/" */
};

struct vma_name {
	__u64 inode;		/* as /proc/PID/maps shows it */
	__u64 kernel_inode;	/* the inode whose pages are mapped; differs on an overlay (a container's root) */
	__u32 dev;		/* the kernel's dev_t: major << 20 | minor */
	__u32 kernel_dev;
	__u32 generation;	/* tells a reused inode number from the first; 0 where the file system keeps none */
	__u32 kind;		/* enum vma_name_kind */
	__u32 flags;		/* enum vma_name_flags */
	__u32 text;		/* offset of its text */
	__u32 length;		/* of the text, NULs included */
	__u32 pad;
};

enum vma_filter {
	VMA_ONLY_EXEC = 1,
	VMA_ONLY_FILE = 2,
};

enum vma_task_state {
	VMA_TASK_GONE = 0,
	VMA_TASK_USER = 1,	/* has an address space */
	VMA_TASK_KERNEL = 2,	/* a kernel thread never has one */
	VMA_TASK_EXITED = 3,	/* a zombie, or a thread that has left while others live on */
};

/* Who was walked; the same for every engine that runs in the kernel. */
struct vma_task {
	__u32 state;		/* enum vma_task_state */
	__u32 host_pid;		/* in the first pid namespace */
	__u32 ns_pid;		/* in the process's own */
	__u32 pid;		/* in the caller's; 0 if it has none there */
	__u64 start_ns;		/* since boot: with host_pid the process's identity */
	__u64 comm[2];		/* 16 characters */
};

/* A walk's arguments and the facts of it: the context of a SEC("syscall") program, or the one entry of the map that iterators read. */
struct vma_walk {
	__u64 from;		/* in: the first address of interest; out: where to go on when `complete` is 0 */
	__u32 pid;		/* in: as the caller's pid namespace counts */
	__u32 filter;		/* in: enum vma_filter */
	__s32 error;		/* out: a negative errno of the walk itself */
	__u32 complete;		/* out: 0 if a table was full */
	__u32 one_moment;	/* out: 1 if nothing could change while the walk went on */
	__u32 seen;		/* out: VMAs visited, those filtered away too */
	__u32 records;		/* out: entries used in each table */
	__u32 names;
	__u32 text;
	__u32 limit;		/* in: VMAs to record at most; 0 for as many as there is room for */
	__u64 kernel_ns;	/* out */
	struct vma_task task;	/* out */
};

/* A row of the file that engine `task-vma-iter` writes: this, then a struct vma_task if `parts` says so, then a struct vma_name and its
 * text. A name is written once and kept by its index, until another takes that. */
enum vma_row_parts {
	VMA_ROW_TASK = 1,
	VMA_ROW_NAME = 2,
};

struct vma_row {
	struct vma_record record;
	__u32 parts;
	__u32 pad;
};

#endif
