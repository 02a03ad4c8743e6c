/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * The kernel's symbols as lines of /proc/kallsyms, Linux 6.0 and later. kptr_restrict does not reach here: who may load this program sees the
 * addresses that the file shows as zeros.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct bpf_iter_meta {
	struct seq_file *seq;
} __attribute__((preserve_access_index));

struct kallsym_iter {
	unsigned long value;
	char type;
	char name[512];
	char module_name[56];
} __attribute__((preserve_access_index));

struct bpf_iter__ksym {
	struct bpf_iter_meta *meta;
	struct kallsym_iter *ksym;
} __attribute__((preserve_access_index));

SEC("iter/ksym")
int kernel_symbols(struct bpf_iter__ksym *ctx)
{
	struct kallsym_iter *symbol = ctx->ksym;
	int kind = symbol ? symbol->type | 0x20 : 0;
	if (kind != 't' && kind != 'w')
		return 0;	/* code alone, weak or not, is of use: a third of the symbols */
	if (symbol->module_name[0])
		BPF_SEQ_PRINTF(ctx->meta->seq, "%llx %c %s\t[%s]\n", (__u64)symbol->value, symbol->type, symbol->name, symbol->module_name);
	else
		BPF_SEQ_PRINTF(ctx->meta->seq, "%llx %c %s\n", (__u64)symbol->value, symbol->type, symbol->name);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
