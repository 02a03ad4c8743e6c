/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * What the stack sampler sends to user space. Fixed widths, no hidden padding; a test holds the C# layouts against these.
 *
 * Two rings, so that a large address space cannot push samples out: one of samples, one of facts. A fact is sent once, when it is new: the
 * thread and the process of a sample before the sample itself; the mappings of its frames a little later, when the task is about to
 * return to user space, yet under the sample's own time.
 */
#ifndef BPFI_STACK_RECORDS_H
#define BPFI_STACK_RECORDS_H

/* The kernel keeps no more of a stack unless kernel.perf_event_max_stack says so. */
#define STACK_MAX_FRAMES 127

enum stack_sample_flags {
	STACK_USER_MODE = 1,		/* the CPU was in user mode */
	STACK_USER_TRUNCATED = 2,	/* the stack was deeper than is kept: its root side is missing */
	STACK_KERNEL_TRUNCATED = 4,
	STACK_USER_FAILED = 8,		/* could not be read */
	STACK_KERNEL_FAILED = 16,
	STACK_IN_EXEC = 32,		/* between two programs: the user registers are the old one's, the address space the new one's */
	STACK_EXITING = 64,		/* the task is on its way out */
	STACK_KERNEL_THREAD = 128,
	STACK_COPIED = 256,		/* registers, the address where the stack's copy begins, and the stack follow the frames */
};

/* Of user space, by their DWARF numbers, in a sample with STACK_COPIED. */
#define STACK_REGISTERS 17

/* One sample; the frames follow, leaf first: those of the kernel, then those of user space. See stack_copy.h for what else may follow. */
struct stack_sample {
	__u64 time;		/* CLOCK_MONOTONIC, ns */
	__u64 mm;		/* the address space's id; 0 for none */
	__u64 value;		/* what it weighs: the period */
	__u32 tid;
	__u32 pid;
	__u32 thread;		/* with the tid, which struct stack_thread is meant */
	__u32 flags;
	__u16 cpu;
	__u16 kernel_frames;
	__u16 user_frames;
	__u16 padding;
};

enum stack_fact_kind {
	STACK_FACT_THREAD = 1,
	STACK_FACT_PROCESS,
	STACK_FACT_MAPPING,
	STACK_FACT_FILE,
	STACK_FACT_HEAD,
	STACK_FACT_REFUSAL,
	STACK_FACT_REQUEST,
	STACK_FACT_END,
	STACK_FACT_BUILD_IDS,
};

struct stack_fact {
	__u32 kind;
	__u32 tid;
	__u64 time;		/* of the sample that it belongs to */
	__u64 mm;
};

/* A thread under a name. It comes again when the name changes, or the program. */
struct stack_thread {
	struct stack_fact fact;
	__u64 process_start;
	__u32 pid;
	__u32 thread;
	__u32 execs;
	__u32 padding;
	__u64 comm[2];
};

#define STACK_COMMAND_LINE 1024
#define STACK_CGROUP_PIECE 64
#define STACK_CGROUP_DEPTH 12
#define STACK_NAMESPACES 4

/* A process between two execs. */
struct stack_process {
	struct stack_fact fact;
	__u64 start;		/* CLOCK_MONOTONIC, ns */
	__u64 cgroup;		/* its id in the unified hierarchy */
	__u32 pid;
	__u32 parent;
	__u32 execs;
	__u32 namespaces;	/* pid namespaces below the first */
	__u32 namespace_pids[STACK_NAMESPACES];
	__u64 comm[2];
	__u32 command_line_length;
	__u32 cgroup_length;
	char command_line[STACK_COMMAND_LINE];	/* arguments, each with its NUL */
	char cgroup_path[STACK_CGROUP_PIECE * STACK_CGROUP_DEPTH];	/* names, the innermost first, each with its NUL */
	__u64 start_stack;	/* where its first stack begins: another address with each exec; 0 in the middle of one, and then it is told again */
	__u64 root_inode;	/* of its root folder */
	__u32 root_dev;
	__u32 mount_namespace;
	__u32 user;
	__u32 padding;
};

/* An address space is gone: its last process has ended, or has called exec. */
struct stack_end {
	struct stack_fact fact;
};

/* Which file is mapped. On an overlay the pages are of another inode than the one that /proc/PID/maps shows. */
struct stack_file_key {
	__u64 inode;		/* as /proc/PID/maps shows it */
	__u64 kernel_inode;	/* whose pages are mapped */
	__u32 dev;
	__u32 kernel_dev;
	__u32 generation;
	__u32 padding;
	__u64 changed;		/* its ctime, ns since 1970: the same inode may come to hold another program */
};

enum stack_mapping_kind {
	STACK_MAPPING_FILE = 1,
	STACK_MAPPING_ANONYMOUS,
	STACK_MAPPING_VDSO,
	STACK_MAPPING_NOTHING,	/* nothing is mapped there, or no code: what was said of these addresses before holds no more */
};

/* From the sample's time on, until another one that overlaps it: what lies in a range of an address space. */
struct stack_mapping {
	struct stack_fact fact;
	__u64 start;
	__u64 end;
	__u64 offset;		/* in the file, bytes */
	__u32 flags;		/* VM_READ 1, VM_WRITE 2, VM_EXEC 4, VM_SHARED 8 */
	__u32 mapping;		/* enum stack_mapping_kind */
	__u32 pid;
	__u32 padding;
	struct stack_file_key file;
};

#define STACK_PATH 4096
#define STACK_PATH_PIECE 256
#define STACK_PATH_DEPTH 64

enum stack_file_flags {
	STACK_FILE_DELETED = 1,
	STACK_FILE_PATH_TRUNCATED = 2,
	STACK_FILE_PSEUDO = 4,	/* on a mount that nobody sees: memfd:x, dev/zero */
};

/* A file's path, once. */
struct stack_file {
	struct stack_fact fact;
	struct stack_file_key key;
	__u64 start;		/* where it is mapped */
	__u64 end;
	__u64 size;
	__u64 modified_seconds;
	__u32 modified_nanoseconds;
	__u32 flags;
	__u32 pid;
	__u32 length;
	char path[STACK_PATH];	/* directory entries, the file's own first, each with its NUL */
};

#define STACK_HEAD 4096

/* The first bytes of a file as the process has them mapped: ELF header, program headers and, in most files, the build id's note. */
struct stack_head {
	struct stack_fact fact;
	struct stack_file_key key;
	__u8 bytes[STACK_HEAD];
};

enum stack_refusal_reason {
	STACK_REFUSED_BUSY = 1,		/* the address space was being changed */
	STACK_REFUSED_SCHEDULE,		/* the kernel would not put the look-up off to the return to user space */
	STACK_REFUSED_GONE,		/* the address space was gone */
	STACK_REFUSED_OVERTAKEN,	/* the task was back in user space, and sampled again, before the look-up */
	STACK_REFUSED_FULL,		/* no room for the task */
};

/* The frames of a sample could not be looked up, all of them or one. */
struct stack_refusal {
	struct stack_fact fact;
	__u64 address;		/* the frame; 0 for all */
	__u32 reason;
	__s32 error;
};

/* Where nothing can be put off in the kernel: asks user space to take the process's mappings. */
struct stack_request {
	struct stack_fact fact;
	__u32 pid;
	__u32 padding;
};

/*
 * The build ids of a sample's user frames, as bpf_get_stack() looked them up in the interrupt itself: where nothing else could be known of a process that is gone. Ends
 * behind the last frame's.
 */
struct stack_build_ids {
	struct stack_fact fact;
	__u32 count;
	__u32 padding;
	__u64 frames[STACK_MAX_FRAMES];
	struct bpf_stack_build_id ids[STACK_MAX_FRAMES];
};

/* What a CPU has counted. */
struct stack_counters {
	__u64 runs;		/* samples that reached the program, idle ones included */
	__u64 idle;
	__u64 samples;		/* sent */
	__u64 samples_dropped;	/* the ring of samples was full */
	__u64 facts_dropped;	/* the ring of facts was full */
	__u64 tasks_full;
	__u64 mms_full;
	__u64 processes_full;
	__u64 user_truncated;
	__u64 kernel_truncated;
	__u64 user_failed;
	__u64 cached;		/* samples whose user frames all lay in mappings known to be unchanged */
	__u64 shared;		/* samples that share the look-up of the one before: the task had not been back in user space */
	__u64 scheduled;
	__u64 schedule_busy;
	__u64 schedule_failed;
	__u64 callbacks;
	__u64 finished_at_exit;
	__u64 finished_at_exec;
	__u64 finished_by_sweep;
	__u64 cancelled;	/* the address space was gone before the look-up */
	__u64 overtaken;
	__u64 lookups;
	__u64 lookups_busy;
	__u64 lookups_empty;	/* no code at the address */
	__u64 mappings;		/* sent */
	__u64 mappings_known;	/* found, and the same as last time */
	__u64 mm_contended;
	__u64 exiting;		/* samples of tasks on their way out, whose frames are not looked up */
	__u64 in_exec;
	__u64 requests;
	__u64 padding;
};

/* What user space asks of the sweep: to look up the pending frames of one thread. */
struct stack_sweep {
	__u32 tid;
	__s32 error;
};

#endif
