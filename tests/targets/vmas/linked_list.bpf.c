/* Engine linked-list's own walk, over a list that lies in a map: it runs where no kernel has one. */
#include "../../../bpf/vma_linked_list.h"

#define VMAS 40

struct old_vma {
	__u64 vm_pgoff, vm_next, vm_end, vm_start, vm_private_data, vm_flags, vm_file, vm_ops, vm_mm;
};

struct old_process {
	__u64 start_stack, something[3], mmap, brk, start_brk;
	struct old_vma vmas[VMAS];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct old_process);
} processes SEC(".maps");

/* What clang knows as a pointer into a map, the walk must see as a kernel address: a number. */
static __always_inline __u64 address_of(void *pointer)
{
	__u64 number = 0;
	void *copy = pointer;
	bpf_probe_read_kernel(&number, sizeof(number), &copy);
	return number;
}

/* Makes a process of VMAS VMAs of one page, two pages apart; with `broken`, the fifth leads back to the second. */
static __always_inline __u64 make(struct old_process *process, int broken)
{
	process->start_stack = 0x100000 + (VMAS - 1) * 0x2000;
	process->start_brk = 0x100000 + 0x2000;
	process->brk = process->start_brk + 0x800;
	process->mmap = address_of(&process->vmas[0]);
	for (int index = 0; index < VMAS; index++) {
		struct old_vma *vma = &process->vmas[index];
		vma->vm_start = 0x100000 + index * 0x2000;
		vma->vm_end = vma->vm_start + 0x1000;
		vma->vm_flags = index % 8;
		vma->vm_mm = address_of(process);
		vma->vm_next = index + 1 < VMAS ? address_of(&process->vmas[index + 1]) : 0;
	}
	if (broken)
		process->vmas[4].vm_next = address_of(&process->vmas[1]);
	return address_of(process);
}

SEC("syscall")
int walk_old_list(struct vma_walk *walk)
{
	__u32 zero = 0;
	struct old_process *process = bpf_map_lookup_elem(&processes, &zero);
	struct vm_area_struct___list *vma = 0;
	struct vma_walk *request = vma_request();

	if (!process || !request || !bpf_core_field_exists(vma->vm_next))
		return 1;
	vma_filled.walk++;	/* not vma_empty_tables(): the caller is no task of the old kernel */
	vma_filled.records = 0;
	*request = *walk;
	request->complete = 1;
	vma_list_walk(request, make(process, walk->pid == 2));
	vma_finish(request, bpf_ktime_get_ns());
	*walk = *request;
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
