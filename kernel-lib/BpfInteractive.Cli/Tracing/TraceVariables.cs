using System.Globalization;

namespace BpfInteractive.Cli.Tracing;

/// <summary>Sets a program's globals from the command line's text.</summary>
internal static class TraceVariables
{
    private const string PidName = "target_pid";

    internal static void Set(OpenBpfObject program, TraceRequest request)
    {
        if (request.Pid is { } pid)
        {
            if (!program.Globals.TryGet(PidName, out var target))
            {
                throw new ArgumentException($"{request.File} has no global '{PidName}' that --pid could set; it would be: const volatile u32 {PidName} = 0;");
            }

            target.Value = pid;
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
