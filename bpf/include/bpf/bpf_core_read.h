/* SPDX-License-Identifier: MIT */
/* libbpf's own header, then what newer versions of it have. */
#ifndef BPFI_WRAP_BPF_CORE_READ_H
#define BPFI_WRAP_BPF_CORE_READ_H
#pragma clang system_header
#include_next <bpf/bpf_core_read.h>
#include <bpfi/core_read.h>
#endif
