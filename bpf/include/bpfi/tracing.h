/* SPDX-License-Identifier: MIT */
/* What bpf/bpf_tracing.h has in newer libbpf versions, for older ones; each only where it is missing. */
#ifndef BPFI_TRACING_H
#define BPFI_TRACING_H
#pragma clang system_header

/* libbpf 1.2: user-space probes see the same registers */
#ifndef BPF_UPROBE
#define BPF_UPROBE(name, args...) BPF_KPROBE(name, ##args)
#endif
#ifndef BPF_URETPROBE
#define BPF_URETPROBE(name, args...) BPF_KRETPROBE(name, ##args)
#endif

/* libbpf 1.0 */
#ifndef BPF_KSYSCALL
#define BPF_KSYSCALL BPF_KPROBE_SYSCALL
#endif

/* libbpf 1.2: the sixth argument (the seventh and eighth are on the stack on x86) */
#ifndef PT_REGS_PARM6
#if defined(bpf_target_x86) && defined(__KERNEL__)
#define PT_REGS_PARM6(x) ((x)->r9)
#define PT_REGS_PARM6_CORE(x) BPF_CORE_READ((x), r9)
#elif defined(bpf_target_x86) && defined(__VMLINUX_H__)
#define PT_REGS_PARM6(x) ((x)->r9)
#define PT_REGS_PARM6_CORE(x) BPF_CORE_READ((x), r9)
#elif defined(bpf_target_arm64) && defined(__VMLINUX_H__)
#define PT_REGS_PARM6(x) (((const struct user_pt_regs *)(x))->regs[5])
#define PT_REGS_PARM6_CORE(x) BPF_CORE_READ((const struct user_pt_regs *)(x), regs[5])
#endif
#endif
#ifndef PT_REGS_PARM6_SYSCALL
#define PT_REGS_PARM6_SYSCALL(x) PT_REGS_PARM6(x)
#define PT_REGS_PARM6_CORE_SYSCALL(x) PT_REGS_PARM6_CORE(x)
#endif

#endif
