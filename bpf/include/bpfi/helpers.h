/* SPDX-License-Identifier: MIT */
/* What bpf/bpf_helpers.h has in newer libbpf versions, for older ones; each only where it is missing. */
#ifndef BPFI_HELPERS_H
#define BPFI_HELPERS_H
#pragma clang system_header

/* libbpf 1.0 */
#ifndef __hidden
#define __hidden __attribute__((visibility("hidden")))
#endif
#ifndef barrier
#define barrier() asm volatile("" ::: "memory")
#endif
#ifndef barrier_var
#define barrier_var(var) asm volatile("" : "+r"(var))
#endif

/* libbpf 1.2 to 1.4: tags of pointers in maps */
#ifndef __kptr
#define __kptr __attribute__((btf_type_tag("kptr")))
#endif
#ifndef __kptr_untrusted
#define __kptr_untrusted __attribute__((btf_type_tag("kptr_untrusted")))
#endif
#ifndef __percpu_kptr
#define __percpu_kptr __attribute__((btf_type_tag("percpu_kptr")))
#endif
#ifndef __uptr
#define __uptr __attribute__((btf_type_tag("uptr")))
#endif

/* libbpf 1.4: tags of the arguments of global functions */
#ifndef __arg_ctx
#define __arg_ctx __attribute__((btf_decl_tag("arg:ctx")))
#endif
#ifndef __arg_nonnull
#define __arg_nonnull __attribute((btf_decl_tag("arg:nonnull")))
#endif
#ifndef __arg_nullable
#define __arg_nullable __attribute((btf_decl_tag("arg:nullable")))
#endif
#ifndef __arg_trusted
#define __arg_trusted __attribute((btf_decl_tag("arg:trusted")))
#endif
#ifndef __arg_untrusted
#define __arg_untrusted __attribute((btf_decl_tag("arg:untrusted")))
#endif

/* libbpf 1.3: whether an extern (kernel function or variable) exists on the running kernel */
#ifndef bpf_ksym_exists
#define bpf_ksym_exists(sym) ({ \
	_Static_assert(!__builtin_constant_p(!!sym), #sym " should be marked as __weak"); \
	!!sym; \
})
#endif

#ifndef __bpf_unreachable
#define __bpf_unreachable() __builtin_trap()
#endif

/* libbpf 1.5: map definitions with values wider than an int */
#ifndef __ulong
#define __ulong(name, val) enum { ___bpfi_concat(__unique_value, __COUNTER__) = val } name
#define ___bpfi_concat(a, b) ___bpfi_concat2(a, b)
#define ___bpfi_concat2(a, b) a##b
#endif

/*
 * libbpf 1.2: loops that the verifier walks once (open-coded iterators, Linux 6.4).
 * A cleanup attribute destroys the iterator on every way out; naming the destructor works around clang, which otherwise leaves it out of BTF.
 */
#ifndef bpf_for_each
#define bpf_for_each(type, cur, args...) for ( \
	struct bpf_iter_##type ___it __attribute__((aligned(8), cleanup(bpf_iter_##type##_destroy))), \
		*___p __attribute__((unused)) = ( \
			bpf_iter_##type##_new(&___it, ##args), \
			(void)bpf_iter_##type##_destroy, (void *)0); \
	(((cur) = bpf_iter_##type##_next(&___it))); \
)
#endif

#ifndef bpf_for
#define BPFI_USES_NUMBERS
#define bpf_for(i, start, end) for ( \
	struct bpf_iter_num ___it __attribute__((aligned(8), cleanup(bpf_iter_num_destroy))), \
		*___p __attribute__((unused)) = ( \
			bpf_iter_num_new(&___it, (start), (end)), \
			(void)bpf_iter_num_destroy, (void *)0); \
	({ \
		int *___t = bpf_iter_num_next(&___it); \
		(___t && ((i) = *___t, (i) >= (start) && (i) < (end))); \
	}); \
)
#endif

#ifndef bpf_repeat
#define BPFI_USES_NUMBERS
#define bpf_repeat(N) for ( \
	struct bpf_iter_num ___it __attribute__((aligned(8), cleanup(bpf_iter_num_destroy))), \
		*___p __attribute__((unused)) = ( \
			bpf_iter_num_new(&___it, 0, (N)), \
			(void)bpf_iter_num_destroy, (void *)0); \
	bpf_iter_num_next(&___it); \
)
#endif

#ifdef BPFI_USES_NUMBERS
struct bpf_iter_num;
extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __attribute__((weak)) __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __attribute__((weak)) __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __attribute__((weak)) __ksym;
#endif

#endif
