/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * The kernel's own names for some of its addresses, Linux 5.16 and later: bpf_snprintf's %pS is what a stack in the kernel's log is written
 * with, a binary search for each. To read /proc/kallsyms for a few hundred addresses has the kernel write out a hundred thousand lines.
 */
#include <linux/bpf.h>
#include <linux/errno.h>
#include <bpf/bpf_helpers.h>

#define KERNEL_NAMES 64

/* KSYM_SYMBOL_LEN: a name of 511 bytes, "+0x...", "/0x...", and a module in brackets. */
struct kernel_name {
	__u64 address;
	char text[640];
};

/* Where the kernel's own code begins and ends; 0 where it has no such symbol. */
struct kernel_names_request {
	__u32 count;
	__s32 error;
	__u64 text;
	__u64 stext;
	__u64 etext;
	__u64 einittext;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, KERNEL_NAMES);
	__type(key, __u32);
	__type(value, struct kernel_name);
} kernel_names SEC(".maps");

static const char text_name[] = "_text", stext_name[] = "_stext", etext_name[] = "_etext", einittext_name[] = "_einittext";

/* Refused to who may not see addresses: kernel.kptr_restrict, kernel.perf_event_paranoid. */
#define kernel_names_find(request, symbol)								\
	({												\
		__u64 found = 0;									\
		int result = bpf_kallsyms_lookup_name(symbol##_name, sizeof(symbol##_name), 0, &found);	\
		if (!result)										\
			(request)->symbol = found;							\
		else if (result != -ENOENT)								\
			(request)->error = result;							\
	})

SEC("syscall")
int kernel_names_bounds(struct kernel_names_request *request)
{
	kernel_names_find(request, text);
	kernel_names_find(request, stext);
	kernel_names_find(request, etext);
	kernel_names_find(request, einittext);
	return 0;
}

SEC("syscall")
int kernel_names_of(struct kernel_names_request *request)
{
	for (__u32 i = 0; i < KERNEL_NAMES && i < request->count; i++) {
		__u32 key = i;
		struct kernel_name *name = bpf_map_lookup_elem(&kernel_names, &key);
		if (!name)
			break;
		BPF_SNPRINTF(name->text, sizeof(name->text), "%pS", (void *)name->address);
	}
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
