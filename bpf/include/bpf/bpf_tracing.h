/* SPDX-License-Identifier: MIT */
/* libbpf's own header, then what newer versions of it have. */
#ifndef BPFI_WRAP_BPF_TRACING_H
#define BPFI_WRAP_BPF_TRACING_H
#pragma clang system_header
#include_next <bpf/bpf_tracing.h>
#include <bpfi/tracing.h>
#endif
