using System.Globalization;

namespace BpfInteractive.Cli.Tracing;

/// <summary>Sets a program's globals from the command line's text.</summary>
internal static class TraceVariables
{
    private const string PidName = "target_pid";
    private const string IgnoredName = "ignored_pid";

    /// <summary>Whether bpfi's own events are left out of this run.</summary>
    internal static bool IgnoresSelf(OpenBpfObject program, TraceRequest request) =>
        !request.IncludeSelf && program.Globals.TryGet(IgnoredName, out _) && KernelPid.Of(Environment.ProcessId) is not null;

    internal static void Set(OpenBpfObject program, TraceRequest request)
    {
        if (IgnoresSelf(program, request))
        {
            program.Globals[IgnoredName].Value = KernelPid.Of(Environment.ProcessId)!.Value;
        }

        if (request.Pid is { } pid)
        {
            if (!program.Globals.TryGet(PidName, out var target))
            {
                throw new ArgumentException($"{request.File} has no global '{PidName}' that --pid could set; it would be: const volatile u32 {PidName} = 0;");
            }

            target.Value = Existing(pid);
        }

        foreach (var assignment in request.Variables)
        {
            var equals = assignment.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw new ArgumentException($"--var {assignment}: NAME=VALUE is wanted");
            }

            program.Globals[assignment[..equals]].Value = Parse(assignment[(equals + 1)..]);
        }
    }

    private static int Existing(int pid) => pid > 0 && Directory.Exists($"/proc/{pid}")
        ? KernelPid.Of(pid) ?? throw new UnsupportedFeatureException("--pid", "which process of the kernel's that is cannot be found out in this pid namespace", "run bpfi outside of the container")
        : throw new ArgumentException($"--pid {pid}: there is no such process");

    /// <summary>Numbers, true and false; all else is text or an enum's name.</summary>
    private static object Parse(string text)
    {
        if (bool.TryParse(text, out var truth))
        {
            return truth;
        }

        var hex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        if (hex ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number)
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number))
        {
            return number;
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var negative) ? negative
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) ? real
            : text;
    }
}
