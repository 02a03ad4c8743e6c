using System.Text.RegularExpressions;

namespace BpfInteractive;

/// <summary>What libbpf's messages mean: the true cause and what to do. One row a cause, the more special before the more general.</summary>
internal static class LoaderAdvice
{
    private static readonly Row[] Table =
    [
        new(@"extern \(func ksym\) '(?<name>[^']+)': not found",
            "this kernel has no function '{name}' for BPF programs (kfunc)",
            "declare it __weak and test it with bpf_ksym_exists(), or use a kernel that has it"),
        new(@"extern \(func ksym\) '(?<name>[^']+)': func_proto",
            "this kernel's function '{name}' takes other arguments than the source declares",
            "declare it as this kernel's vmlinux.h does"),
        new(@"extern \(var ksym\) '(?<name>[^']+)': not found",
            "this kernel has no variable '{name}' in its BTF",
            "declare it __weak and test its address, or as void if its type does not matter"),
        new(@"extern \(var ksym\) '(?<name>[^']+)': incompatible",
            "this kernel's variable '{name}' has another type than the source declares",
            "declare it as this kernel's vmlinux.h does"),
        new(@"extern '(?<name>CONFIG_[^']+)' \(strong\): not resolved",
            "this kernel's configuration does not set {name}, or cannot be read (/proc/config.gz, /boot/config-*)",
            "declare it __weak, or give the value by the Kconfig option"),
        new(@"extern '(?<name>[^']+)' \(strong\): not resolved",
            "this kernel has no symbol '{name}'",
            "declare it __weak and test its address"),
        new(@"prog '(?<prog>[^']+)': failed to find kernel BTF type ID of '(?<name>dummy[^']*)'",
            "its section names '{name}', a stand-in for the target that its own loader sets",
            "set the real one before load: Programs[...].SetAttachTarget(\"function\")"),
        new(@"prog '(?<prog>[^']+)': failed to find kernel BTF type ID of '(?<name>[^']+)'",
            "this kernel has no function or tracepoint '{name}' to attach to",
            "look for the name in /sys/kernel/tracing/available_filter_functions or the kernel's BTF; inlined and static-renamed functions are not there"),
        new(@"prog '(?<prog>[^']+)': no BTF-based attach target is specified",
            "its section names no attach target",
            "write it into the section, SEC(\"fentry/do_unlinkat\"), or set it before load with SetAttachTarget"),
        new(@"prog '(?<prog>[^']+)': missing BPF prog type, check ELF section name '(?<name>[^']*)'",
            "libbpf knows no section '{name}'",
            "correct the SEC(...), or set Type before load"),
        new(@"map '(?<map>[^']+)': failed to (find|load|create): .*\bOperation not permitted",
            "the kernel refuses the map to this process",
            null),
        new(@"map '(?<map>[^']+)': failed to create",
            "the kernel refuses the map",
            null),
        new(@"map '(?<map>[^']+)': map type isn't specified", "its definition has no type", "add __uint(type, BPF_MAP_TYPE_...)"),
        new(@"map '(?<map>[^']+)': unknown field '(?<name>[^']+)'",
            "its definition has a field '{name}' that libbpf does not know", "use type, max_entries, key, value, key_size, value_size, map_flags, pinning or values"),
        new(@"map '(?<map>[^']+)': conflicting (?<name>key|value) size", "its {name} size is given twice, differently", "give the size or the type, not both"),
        new(@"map '(?<map>[^']+)': unsupported map linkage", "it is declared static", "leave out static: maps are global"),
        new(@"elf: legacy map definitions in 'maps' section",
            "it defines maps in the old way (SEC(\"maps\"), struct bpf_map_def), which libbpf 1.0 dropped",
            "define them as struct { __uint(type, ...); ... } name SEC(\".maps\")"),
        new(@"BTF is required, but is missing or corrupted",
            "it has no BTF, and its maps, globals or externs need it", "compile with -g; strip with llvm-strip -g, which keeps BTF"),
        new(@"sec '[^']+': program '(?<prog>[^']+)' is static",
            "program '{prog}' is declared static", "leave out static: programs are global functions"),
        new(@"prog '(?<prog>[^']+)': bad map relo against '(?<name>[^']+)'",
            "'{name}' is used as a map and is none", "put it into SEC(\".maps\")"),
        new(@"prog '(?<prog>[^']+)': bad call relo against '(?<name>[^']+)'", "it calls '{name}', which is in another section", "make it static inline, or leave out its SEC"),
        new(@"failed to find BTF for extern '(?<name>[^']+)'",
            "it uses '{name}', which is neither defined here nor declared as a kernel symbol",
            "define it, link the object that does, or declare it extern ... __ksym"),
        new(@"(?:Couldn't load trivial BPF program|Error in bpf_object__probe_loading)",
            "the kernel lets this process load no program at all", null),
        new(@"(?:kernel BTF is missing|Error loading vmlinux BTF|valid vmlinux BTF)",
            "this kernel offers no BTF (/sys/kernel/btf/vmlinux)", "use a kernel built with CONFIG_DEBUG_INFO_BTF, or give a custom BTF"),
        new(@"failed to parse target BTF", "the custom BTF cannot be read", "give a file of raw BTF, or an ELF file with a .BTF section"),
        new(@"Error loading \.BTF into kernel", "the kernel refuses the object's BTF", "compile with a clang no newer than the kernel expects, or without -mcpu=v4"),
        new(@"prog '(?<prog>[^']+)': relo #\d+: (?<name>.*)", "a CO-RE relocation failed: {name}", null),
        new(@"struct_ops init_kern: struct (?<name>\S+)", "this kernel has no struct_ops '{name}'", null),
        new(@"couldn't reuse pinned map at '(?<name>[^']+)': parameter mismatch",
            "the map pinned at {name} has another type or other sizes", "remove the pin, or give the map the same definition"),
    ];

    private static readonly string[] Noise =
    [
        "failed to load object", "failed to perform CO-RE relocations", "failed to prepare load attributes", "try raising 'ulimit -l'",
        "Failed to bump RLIMIT_MEMLOCK", "failed to load: -", "elf: skipping", "BEGIN PROG LOAD LOG",
    ];

    /// <summary>The first cause that a message names.</summary>
    internal static Cause? Find(IReadOnlyList<string> messages)
    {
        foreach (var row in Table)
        {
            foreach (var message in messages)
            {
                if (row.Match(message) is { } cause)
                {
                    return cause;
                }
            }
        }

        return null;
    }

    /// <summary>The first message that says something, without the false hint about ulimit -l.</summary>
    internal static string? FirstTelling(IReadOnlyList<string> messages) =>
        Telling(messages).FirstOrDefault();

    /// <summary>The messages that say something: no false hint, no "failed to load" on top of another.</summary>
    internal static IEnumerable<string> Telling(IEnumerable<string> messages) =>
        messages.Where(message => !Noise.Any(noise => message.Contains(noise, StringComparison.Ordinal)));

    /// <summary>A cause found.</summary>
    internal sealed record Cause(string Detail, string? Hint, string? Program, string? Map);

    private sealed class Row(string pattern, string detail, string? hint)
    {
        private readonly Regex _pattern = new(pattern, RegexOptions.CultureInvariant);

        internal Cause? Match(string message)
        {
            var match = _pattern.Match(message);
            if (!match.Success)
            {
                return null;
            }

            return new Cause(Fill(detail, match), hint is null ? null : Fill(hint, match), Value(match, "prog"), Value(match, "map"));
        }

        private static string Fill(string text, Match match) => text
            .Replace("{name}", match.Groups["name"].Value, StringComparison.Ordinal)
            .Replace("{prog}", match.Groups["prog"].Value, StringComparison.Ordinal);

        private static string? Value(Match match, string group) => match.Groups[group] is { Success: true, Value: var value } ? value : null;
    }
}
