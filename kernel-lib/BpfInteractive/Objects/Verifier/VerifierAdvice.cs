using System.Text.RegularExpressions;

namespace BpfInteractive;

/// <summary>What a kind of refusal means and what to do about it.</summary>
/// <param name="Kind">A short name of the kind, for tests and for tools.</param>
/// <param name="Explanation">What the verifier wants, in one sentence.</param>
/// <param name="Remedy">What to change, in one sentence.</param>
internal sealed record VerifierAdvice(string Kind, string Explanation, string Remedy)
{
    private const RegexOptions Options = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    /// <summary>
    /// The common refusals, the more special before the more general. The words are those of kernel/bpf/verifier.c of 5.10 to 6.18; the
    /// reports of 7.3 carry the same words in their reasons.
    /// </summary>
    private static readonly (Regex Words, VerifierAdvice Advice)[] Table =
    [
        Row(
            "null-check",
            @"_or_null'|possibly NULL pointer passed|Possibly NULL|invalid mem access '\w*or_null",
            "this pointer may be NULL here (a map look-up, a reserve or an acquire can fail)",
            "test it first: if (!p) return 0;"),
        Row(
            "map-pointer",
            @"invalid mem access 'map_ptr'|pointer arithmetic on map_ptr|only read from bpf_\w+ is supported|R\d+ leaks addr|access of map_ptr",
            "a map itself is not memory: its values are reached through helpers",
            "use bpf_map_lookup_elem(&map, &key) and test the result"),
        Row(
            "core-missing",
            @"invalid CO-RE relocation|failed to resolve CO-RE relocation|invalid func unknown#195896080",
            "the field or type that this line reads does not exist on this kernel",
            "guard it with bpf_core_field_exists() or bpf_core_type_exists(), or read what this kernel has (bpftool btf dump, bpfi doctor)"),
        Row(
            "kfunc-not-allowed",
            @"calling kernel function \S+ is not allowed|kernel function call #\d+ is not allowed|kfunc call.*not allowed",
            "the kernel exports this function to other program types only",
            "call it from a type that may (a tracing, syscall or struct_ops program), or use a helper instead"),
        Row(
            "gpl-only",
            @"GPL.{0,3}(compatible|restricted|only)|non-GPL",
            "helpers and functions marked GPL-only need a program whose license says so",
            "add: char LICENSE[] SEC(\"license\") = \"GPL\";"),
        Row(
            "sleepable",
            @"sleepable|might sleep|may sleep|in rcu.*region|in (atomic|non-sleepable) context",
            "the helper or function may sleep, and this program runs where sleeping is forbidden",
            "use a sleepable section (fentry.s, iter.s, syscall, uprobe.s), or the variant that does not sleep (bpf_probe_read_user for bpf_copy_from_user)"),
        Row(
            "helper-not-allowed",
            @"program of this type cannot use helper|unknown func|helper call is not allowed|invalid func ",
            "this kernel does not offer that helper to programs of this type",
            "see bpf-helpers(7) for the types that may call it, or choose another section"),
        Row(
            "reference-leak",
            @"Unreleased reference|reference leak|would lead to reference leak|BPF_EXIT instruction.*(cannot|would)|release_reference|lock .*(unlock|held)",
            "on some path a reference, a reserved record or a lock is not given back",
            "release it on every path, early returns included (bpf_ringbuf_submit or _discard, bpf_task_release, bpf_iter_..._destroy, bpf_spin_unlock)"),
        Row(
            "iterator-leak",
            @"uninitialized iter|expected an (un)?initialized iter|expected valid iter",
            "an open-coded iterator must be made, walked and destroyed, each once",
            "use bpf_for_each(), or call _new before _next and _destroy on every path"),
        Row(
            "packet-bounds",
            @"invalid access to packet|offset is outside of the packet",
            "packet bytes may be read only after a comparison with data_end has shown that they are there",
            "compare first: if (data + sizeof(*header) > data_end) return ...;, with the same pointer that is read through"),
        Row(
            "negative-size",
            @"min value is negative|'s memory size is negative|unbounded min value|value is outside of the allowed memory range.*neg",
            "the verifier cannot exclude a negative offset or size here",
            "use an unsigned type, or test that it is not below 0 right before the use (with & and a constant the compiler cannot undo the test)"),
        Row(
            "unbounded",
            @"unbounded memory access|unbounded variable-offset|max value is outside|makes pkt pointer be out of bounds|math between .* is not allowed|value (-?\d+|is) .*out of (range|bounds)|unbounded max",
            "the offset or size has no upper bound that the verifier can see in this very register",
            "bound it right before the use: i &= SIZE - 1; or if (i >= SIZE) return 0; (barrier_var(i) keeps the compiler from using another register)"),
        Row(
            "map-value-bounds",
            @"invalid access to map (value|key)",
            "the access lies outside of the map's value",
            "check the index against the array's length, and the map's value_size against the type that is read"),
        Row(
            "memory-bounds",
            @"invalid access to memory|invalid mem_size|outside of the allowed memory range|access beyond (struct|the end)",
            "the access lies outside of the memory that this pointer stands for",
            "compare offset and size with what was reserved or returned"),
        Row(
            "stack-bounds",
            @"invalid (indirect )?(read|write)( to| from)? stack|invalid (variable-offset|unbounded|stack)|invalid stack|stack access.*out of|write to R\d+ stack|misaligned stack access|stack type|invalid indirect access to stack",
            "the access lies outside of this function's stack, or reads bytes of it that nothing has written",
            "initialise the variable whole (struct event e = {}; also its padding) and bound indices into local arrays"),
        Row(
            "uninitialised",
            @"R\d+ !read_ok|R\d+ uninitialized|reading uninitialized|uninitialized (register|stack)|invalid read from stack",
            "a register or variable is read that was not written on this path",
            "give the variable a value at its declaration; a function called by the program clobbers r1 to r5"),
        Row(
            "stack-size",
            @"combined stack size|stack (depth|size).*(too large|exceed)|looks like the BPF stack limit",
            "a program and the functions it calls have 512 bytes of stack together",
            "put large structures into a per-CPU array map or reserve them in the ring buffer"),
        Row(
            "complexity",
            @"BPF program is too large|too many (instructions|insns)|sequence of \d+ jumps is too complex|program is too complex|processed \d+ insns.*limit|too many states",
            "the verifier gave up after a million instructions: branches within loops multiply the paths it walks",
            "use bpf_loop() or an open-coded iterator (bpf_for), or move the body into a global (non-static) function that is verified once"),
        Row(
            "infinite-loop",
            @"infinite loop detected|back-edge|loop is not bounded|unreachable insn",
            "the loop has no end that the verifier can prove",
            "count up to a constant, use bpf_for() or bpf_loop(), or leave it after a fixed number of rounds"),
        Row(
            "return-value",
            @"At program exit the register R0|R0 (is )?not a (known value|scalar)|R0 has (unknown scalar|value|smin|smax)|program exit.*should have been|At \S+ exit.*should",
            "programs of this type may return only certain values",
            "return 0 (or what bpf-helpers(7) and the type's documentation name) on every path"),
        Row(
            "untrusted-pointer",
            @"untrusted_ptr|expects refcounted|expects? (a )?referenced|trusted_ptr_or_null|must be (referenced|a trusted|a rcu pointer|trusted)|R\d+ must be|expected pointer to|type=\w+ expected=|is not a pointer to",
            "a helper or function takes only pointers that the kernel vouches for, of the very type it names",
            "pass what an acquire, an iterator or the context gave (bpf_get_current_task_btf, bpf_task_from_pid), not a pointer read through a field"),
        Row(
            "read-only",
            @"cannot write into|write into map forbidden|only read is supported|read-only|cannot write",
            "this memory is read-only for the program (const globals, the context, kernel objects)",
            "write to a map, a non-const global or the ring buffer instead"),
        Row(
            "context-access",
            @"invalid bpf_context access|dereference of modified ctx|ctx access|func '\S+' (doesn't have|arg\d+)",
            "this field of the context is not there for programs of this type, or is read with another size or a computed offset",
            "read the field with its own size, straight from ctx, and only fields that this section's context has"),
        Row(
            "pointer-arithmetic",
            @"pointer arithmetic|bitwise operator .* on pointer|prohibited|math on pointer|pointer comparison|misaligned",
            "only adding and subtracting bounded numbers is allowed on a pointer, aligned to what is read",
            "compute on an integer (__u64) or on an index, then access"),
        Row(
            "scalar-access",
            @"invalid mem access '(scalar|inv)'|invalid mem access 'fp'|R\d+ invalid mem access",
            "this is a number to the verifier, not a pointer it knows: it came from memory, from arithmetic or from an untyped argument",
            "read through bpf_probe_read_kernel() or BPF_CORE_READ(); for user memory bpf_probe_read_user()"),
    ];

    /// <summary>Both sentences, as they stand in a message.</summary>
    internal string Text => $"{Explanation}; {Remedy}";

    /// <summary>All kinds, in the order in which they are tried.</summary>
    internal static IEnumerable<string> Kinds => Table.Select(row => row.Advice.Kind);

    /// <summary>The advice of a kind that is in the table.</summary>
    internal static VerifierAdvice OfKind(string kind) => Table.First(row => row.Advice.Kind == kind).Advice;

    /// <summary>The advice for the verifier's words, or null for a kind that is not in the table.</summary>
    internal static VerifierAdvice? For(string words)
    {
        foreach (var (pattern, advice) in Table)
        {
            if (pattern.IsMatch(words))
            {
                return advice;
            }
        }

        return null;
    }

    private static (Regex Words, VerifierAdvice Advice) Row(string kind, string words, string explanation, string remedy) =>
        (new Regex(words, Options), new VerifierAdvice(kind, explanation, remedy));
}
