using System.Globalization;

namespace BpfInteractive;

/// <summary>Attaches a program by what its SEC() says, as libbpf's own conventions have it (docs/program_types.rst).</summary>
internal static class SectionAttach
{
    /// <summary>Whether the section alone says where to attach.</summary>
    internal static bool NamesTarget(BpfProgram program)
    {
        var (prefix, target) = Split(program.Section);
        return Bare(prefix) switch
        {
            "tracepoint" or "tp" or "raw_tp" or "raw_tracepoint" or "raw_tp.w" or "raw_tracepoint.w" or "tp_btf" or "fentry" or "fexit" or "fmod_ret" or "lsm" or "freplace"
                or "kprobe" or "kretprobe" or "ksyscall" or "kretsyscall" or "kprobe.multi" or "kretprobe.multi" or "kprobe.session"
                or "uprobe" or "uretprobe" or "uprobe.multi" or "uretprobe.multi" or "uprobe.session" or "usdt" => target.Length > 0,
            "iter" => true,
            _ => false,
        };
    }

    internal static BpfLink Attach(BpfProgram program)
    {
        var (prefix, target) = Split(program.Section);
        var kind = Bare(prefix);
        if (!NamesTarget(program))
        {
            throw new InvalidOperationException(
                $"program '{program.Name}' cannot be attached by its section: SEC(\"{program.Section}\") names no target; {Method(kind, program)}");
        }

        switch (kind)
        {
            case "tracepoint" or "tp":
                var (category, name) = SplitAt(target, '/', program);
                return program.AttachTracepoint(category, name);
            case "raw_tp" or "raw_tracepoint" or "raw_tp.w" or "raw_tracepoint.w":
                return program.AttachRawTracepoint(target);
            case "kprobe" or "kretprobe":
                var (function, offset) = ParseOffset(target);
                return program.AttachKprobe(function, kind == "kretprobe", offset);
            case "ksyscall" or "kretsyscall":
                return program.AttachKprobe(KernelFunctions.SystemCall(target), kind == "kretsyscall");
            case "kprobe.multi" or "kretprobe.multi" or "kprobe.session":
                return program.AttachKprobeMulti(target, kind == "kretprobe.multi");
            case "uprobe" or "uretprobe":
                var (path, symbol) = SplitAt(target, ':', program);
                var (symbolName, symbolOffset) = ParseOffset(symbol);
                return program.AttachUprobe(path, symbolName, symbolOffset, kind == "uretprobe");
            case "uprobe.multi" or "uretprobe.multi" or "uprobe.session":
                var (file, pattern) = SplitAt(target, ':', program);
                return program.AttachUprobeMulti(file, pattern, kind == "uretprobe.multi");
            case "usdt":
                var (binary, probe) = SplitAt(target, ':', program);
                var (provider, probeName) = SplitAt(probe, ':', program);
                return program.AttachUsdt(binary, provider, probeName);
            case "iter":
                return program.AttachIterator();
            default:
                return program.AttachTrace();
        }
    }

    /// <summary>"fentry.s/vfs_read" is "fentry.s" and "vfs_read".</summary>
    internal static (string Prefix, string Target) Split(string section)
    {
        var plain = section.StartsWith('?') ? section[1..] : section;
        var slash = plain.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? (plain, "") : (plain[..slash], plain[(slash + 1)..]);
    }

    /// <summary>"do_nanosleep+0x10" is "do_nanosleep" and 16.</summary>
    internal static (string Name, ulong Offset) ParseOffset(string target)
    {
        var plus = target.LastIndexOf('+');
        if (plus < 0)
        {
            return (target, 0);
        }

        var text = target.AsSpan(plus + 1);
        var parsed = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(text[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var offset)
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out offset);
        return parsed ? (target[..plus], offset) : (target, 0);
    }

    private static string Bare(string prefix) => prefix.EndsWith(".s", StringComparison.Ordinal) ? prefix[..^2] : prefix;

    private static (string First, string Second) SplitAt(string target, char separator, BpfProgram program)
    {
        var at = target.IndexOf(separator, StringComparison.Ordinal);
        return at > 0 && at < target.Length - 1
            ? (target[..at], target[(at + 1)..])
            : throw new InvalidOperationException(
                $"program '{program.Name}' cannot be attached by its section: SEC(\"{program.Section}\") lacks a part after '{separator}' in '{target}'");
    }

    private static string Method(string kind, BpfProgram program) => kind switch
    {
        "perf_event" => "say what to sample with AttachPerfEvent(...)",
        "xdp" or "xdp.frags" => "name the interface with AttachXdp(...)",
        "tc" or "tcx" or "classifier" or "action" => "name the interface with AttachTrafficControl(...)",
        "netfilter" => "name the hook with AttachNetfilter(...)",
        "socket" => "give the socket with AttachSocket(...)",
        "sk_lookup" or "flow_dissector" => "name the network namespace with AttachNetNamespace(...)",
        "syscall" => "it is run, not attached",
        "struct_ops" => "its map is attached, with AttachStructOps()",
        "uprobe" or "uretprobe" => "name the file and the function with AttachUprobe(...)",
        "usdt" => "name the file and the probe with AttachUsdt(...)",
        "kprobe" or "kretprobe" => "name the function with AttachKprobe(...)",
        "tracepoint" or "tp" => "name the tracepoint with AttachTracepoint(...)",
        _ when program.Type is BpfProgramType.CgroupSkb or BpfProgramType.CgroupSock or BpfProgramType.CgroupSockAddr or BpfProgramType.CgroupDevice
            or BpfProgramType.CgroupSysctl or BpfProgramType.CgroupSockopt or BpfProgramType.SockOps => "name the cgroup with AttachCgroup(...)",
        _ => "this library does not attach that kind",
    };
}
