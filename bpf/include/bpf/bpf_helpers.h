/* SPDX-License-Identifier: MIT */
/* libbpf's own header, then what newer versions of it have. */
#ifndef BPFI_WRAP_BPF_HELPERS_H
#define BPFI_WRAP_BPF_HELPERS_H
#pragma clang system_header
#include_next <bpf/bpf_helpers.h>
#include <bpfi/helpers.h>
#endif
