using System.Text.RegularExpressions;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>Turns what libbpf and the kernel left behind after a failure into the exception that names the true cause.</summary>
internal static partial class LoadFailure
{
    private const int FirstLibBpfError = 4000;

    /// <summary>libbpf refused to open what passed the checks.</summary>
    internal static LoadException OfOpen(string subject, int errno, IReadOnlyList<string> messages)
    {
        var cause = LoaderAdvice.Find(messages);
        return new LoadException(
            "open",
            subject,
            Plain(errno),
            cause?.Detail is { } detail ? Named(cause, detail) : LoaderAdvice.FirstTelling(messages) ?? "libbpf refuses it without a word",
            cause?.Hint,
            [.. LoaderAdvice.Telling(messages)],
            cause?.Program,
            cause?.Map);
    }

    /// <summary>The load failed: the verifier's refusal if it wrote a log, else the loader's.</summary>
    internal static BpfException OfLoad(OpenBpfObject source, int errno, IReadOnlyList<string> messages, byte[] log)
    {
        var program = RefusedProgram(messages);
        if (program is null)
        {
            return OfLoader(source, errno, messages);
        }

        return log.Length > 0 ? OfVerifier(source, program, errno, log) : OfSilence(source, program, errno, messages);
    }

    /// <summary>The refusal of one program by its log.</summary>
    internal static BpfException OfVerifier(OpenBpfObject source, string program, int errno, byte[] log)
    {
        var report = VerifierReport.Parse(VerifierLogBuffer.Text(log));
        var location = Locate(source, program, report);
        return new VerifierException(new VerifierRefusal(
            program,
            errno,
            report,
            location,
            VerifierAdvice.For(report.Summary),
            () => VerifierLogBuffer.Text(log),
            IsLogTruncated: errno == Errno.ENOSPC));
    }

    /// <summary>A target that was set before load is not there.</summary>
    internal static LoadException OfAttachTarget(OpenBpfProgram program, string function, int errno, IReadOnlyList<string> messages)
    {
        var cause = LoaderAdvice.Find(messages);
        var detail = errno is Errno.ESRCH or Errno.ENOENT
            ? $"this kernel has no '{function}' for {program.Section} programs"
            : cause?.Detail ?? LoaderAdvice.FirstTelling(messages) ?? "libbpf gives no reason";
        return new LoadException(
            "set the attach target of", program.Subject, errno, detail, cause?.Hint, [.. LoaderAdvice.Telling(messages)], program.Name, null);
    }

    private static LoadException OfLoader(OpenBpfObject source, int errno, IReadOnlyList<string> messages)
    {
        var cause = LoaderAdvice.Find(messages);
        var subject = cause?.Program is { } program ? $"program '{program}'" : cause?.Map is { } map ? $"map '{map}'" : $"object '{source.Name}'";
        var detail = cause?.Detail ?? LoaderAdvice.FirstTelling(messages) ?? "libbpf gives no reason";
        var hint = cause?.Hint;
        if (cause?.Map is { } failed && hint is null)
        {
            (detail, hint) = MapAdvice.For(source.Maps.TryGet(failed, out var found) ? found : null, errno, detail);
        }

        if (errno is Errno.EPERM or Errno.EACCES && Rights.Missing() is { } missing)
        {
            hint = missing;
        }

        var operation = cause?.Map is null ? "load" : "create";
        return new LoadException(operation, subject, Plain(errno), detail, hint, [.. LoaderAdvice.Telling(messages)], cause?.Program, cause?.Map);
    }

    /// <summary>The kernel refused a program before its verifier wrote a word.</summary>
    private static LoadException OfSilence(OpenBpfObject source, string program, int errno, IReadOnlyList<string> messages)
    {
        var open = source.Programs[program];
        var (detail, hint) = SilentRefusal.Explain(open.Type, open.Section, errno);
        return new LoadException("load", $"program '{program}'", Plain(errno), detail, hint, [.. LoaderAdvice.Telling(messages)], program, null);
    }

    private static SourceLocation? Locate(OpenBpfObject source, string program, VerifierReport report)
    {
        var sources = source.Image.Sources;
        var section = source.Programs.TryGet(program, out var open) ? open.Section : "";
        var exact = report.Instruction is { } instruction && open is not null && instruction < open.OwnInstructions
            ? sources.Find(section, open.FirstInstruction + instruction)
            : null;
        if (report.QuotedFile is { } file)
        {
            // The log's own place is the truth; the record of that instruction adds the column.
            return exact is not null && exact.Line == report.QuotedLine ? exact : sources.FindQuoted(file, report.QuotedLine, report.QuotedText ?? "");
        }

        return exact ?? (report.QuotedText is { } text ? sources.FindText(section, text) : null);
    }

    private static string? RefusedProgram(IReadOnlyList<string> messages)
    {
        foreach (var message in messages)
        {
            if (Refused().Match(message) is { Success: true } match)
            {
                return match.Groups[1].Value;
            }
        }

        return null;
    }

    /// <summary>libbpf's own numbers from 4000 on mean nothing to errno(3); its message says it.</summary>
    private static int Plain(int errno) => errno >= FirstLibBpfError ? 0 : errno;

    private static string Named(LoaderAdvice.Cause cause, string detail) => cause.Map is { } map ? $"map '{map}': {detail}" : detail;

    [GeneratedRegex("^prog '([^']+)': BPF program load failed")]
    private static partial Regex Refused();
}
