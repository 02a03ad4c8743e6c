using System.Globalization;
using System.Runtime.InteropServices;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>The kernel's functions by name, from /proc/kallsyms, and which of them can be traced, from tracefs.</summary>
internal static class KernelFunctions
{
    private const string SymbolFile = "/proc/kallsyms";
    private const int EADDRNOTAVAIL = 99;

    /// <summary>A system call's entry: "openat" is "__x64_sys_openat" (arch/x86/include/asm/syscall_wrapper.h).</summary>
    internal static string SystemCall(string name) =>
        (RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "__arm64_sys_" : "__x64_sys_") + name;

    /// <summary>The addresses of all functions that a pattern names and that ftrace can reach.</summary>
    internal static ulong[] Traceable(string pattern)
    {
        var reachable = ReachableNames();
        return [.. Symbols()
            .Where(symbol => symbol.Address != 0 && symbol.IsText && Matches(symbol.Name, pattern) && reachable?.Contains(symbol.Name) != false)
            .Select(symbol => symbol.Address).Distinct()];
    }

    internal static (string Detail, string? Hint)? Explain(string function, int errno)
    {
        if (PerfEventSource.Type("kprobe") is null)
        {
            return null; // doctor's reason is the true one
        }

        return errno switch
        {
            Errno.ENOENT or EADDRNOTAVAIL when !Symbols().Any(symbol => symbol.Name == function) =>
                ("the kernel has no such function", DidYouMean(function)),
            EADDRNOTAVAIL => ("several functions of the kernel have that name", null),
            Errno.EINVAL => ("the kernel lets nobody probe it there (its blacklist, or no instruction begins there)", null),
            _ => null,
        };
    }

    /// <summary>"did you mean 'x'?", or null when nothing is near.</summary>
    internal static string? DidYouMean(string name) =>
        NearestName.Of(name, Symbols().Where(symbol => symbol.IsText && Math.Abs(symbol.Name.Length - name.Length) <= 2).Select(symbol => symbol.Name)) is { } nearest
            ? $"did you mean '{nearest}'?"
            : null;

    /// <summary>A shell pattern with * and ?.</summary>
    internal static bool Matches(ReadOnlySpan<char> name, ReadOnlySpan<char> pattern) =>
        System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);

    /// <summary>One line of /proc/kallsyms: "ffffffff81000000 T _text" or "... t name\t[module]".</summary>
    internal static (ulong Address, bool IsText, string Name)? Parse(string line)
    {
        var fields = line.Split([' ', '\t'], 4);
        return fields.Length >= 3 && ulong.TryParse(fields[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var address)
            ? (address, fields[1] is "t" or "T" or "w" or "W", fields[2])
            : null;
    }

    private static IEnumerable<(ulong Address, bool IsText, string Name)> Symbols() =>
        File.ReadLines(SymbolFile).Select(Parse).Where(symbol => symbol is not null).Select(symbol => symbol!.Value);

    private static HashSet<string>? ReachableNames()
    {
        var file = TraceFs.Root + "/available_filter_functions";
        if (!File.Exists(file))
        {
            return null;
        }

        try
        {
            return [.. File.ReadLines(file).Select(line => line.Split([' ', '\t'], 2)[0])];
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }
}
