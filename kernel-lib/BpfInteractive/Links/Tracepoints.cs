using System.Globalization;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>Tracepoints by name, and the nearest ones to a mistyped name: from tracefs, or for raw ones from the kernel's BTF.</summary>
internal static class Tracepoints
{
    private const string BtfPrefix = "btf_trace_";

    /// <summary>The number for perf_event_open(2).</summary>
    internal static int FindId(string category, string name, AttachFailure failure)
    {
        if (TraceFs.Root is not { } root)
        {
            var why = TraceFs.Explain();
            throw failure.Because(why.Reason!, why.Remedy, why.Errno);
        }

        var file = $"{root}/events/{category}/{name}/id";
        try
        {
            return int.Parse(File.ReadAllText(file).AsSpan().Trim(), CultureInfo.InvariantCulture);
        }
        catch (UnauthorizedAccessException)
        {
            var why = TraceFs.Explain();
            throw failure.Because(why.Reason!, why.Remedy, Errno.EACCES);
        }
        catch (IOException)
        {
            throw failure.Because(Unknown(root, category, name), errno: Errno.ENOENT);
        }
    }

    internal static (string Detail, string? Hint)? ExplainRaw(string name, int errno)
    {
        if (errno != Errno.ENOENT)
        {
            return null;
        }

        var plain = name[(name.LastIndexOf('/') + 1)..];
        var names = RawNames();
        var nearest = names.Contains(plain) ? plain : NearestName.Of(plain, names);
        return ("this kernel has no such raw tracepoint" + Ask(nearest), plain.StartsWith("sys_enter_", StringComparison.Ordinal) || plain.StartsWith("sys_exit_", StringComparison.Ordinal)
            ? "raw system call tracepoints are sys_enter and sys_exit; the number is the second argument"
            : null);
    }

    private static HashSet<string> RawNames()
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var id = 1; id < BtfData.Kernel.TypeCount; id++)
        {
            var type = BtfData.Kernel[id];
            if (type.Kind == BtfKind.Typedef && type.Name.StartsWith(BtfPrefix, StringComparison.Ordinal))
            {
                names.Add(type.Name[BtfPrefix.Length..]);
            }
        }

        return names;
    }

    private static string Unknown(string root, string category, string name)
    {
        var categories = Names($"{root}/events");
        if (categories.Contains(category))
        {
            var nearest = NearestName.Of(name, Names($"{root}/events/{category}"));
            return $"category '{category}' has no tracepoint '{name}'" + Ask(nearest is null ? null : $"{category}/{nearest}");
        }

        var sameName = categories.FirstOrDefault(other => Directory.Exists($"{root}/events/{other}/{name}"));
        var near = sameName ?? NearestName.Of(category, categories);
        return $"there is no tracepoint category '{category}'" + Ask(near is null ? null : $"{near}/{name}");
    }

    private static string Ask(string? nearest) => nearest is null ? "" : $"; did you mean '{nearest}'?";

    private static string[] Names(string folder) => [.. Directory.EnumerateDirectories(folder).Select(path => Path.GetFileName(path)!)];
}
