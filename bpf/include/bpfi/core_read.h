/* SPDX-License-Identifier: MIT */
/* What bpf/bpf_core_read.h has in newer libbpf versions, for older ones; each only where it is missing. */
#ifndef BPFI_CORE_READ_H
#define BPFI_CORE_READ_H
#pragma clang system_header

/* libbpf 1.4: reads a kernel object through a typed pointer without a probe read (bpf_rdonly_cast, Linux 6.2) */
#ifndef bpf_core_cast
extern void *bpf_rdonly_cast(const void *obj__ign, unsigned int btf_id__k) __attribute__((section(".ksyms"), weak));
#define bpf_core_cast(ptr, type) ((typeof(type) *)bpf_rdonly_cast((ptr), bpf_core_type_id_kernel(type)))
#endif

/* libbpf 1.0: whether a type is there in the same shape */
#ifndef bpf_core_type_matches
#define bpf_core_type_matches(type) __builtin_preserve_type_info(*(typeof(type) *)0, 2)
#endif

#endif
