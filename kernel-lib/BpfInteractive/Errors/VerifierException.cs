namespace BpfInteractive;

/// <summary>The kernel's verifier refused a program. The message is short; <see cref="Log"/> is whole.</summary>
public sealed class VerifierException : BpfException
{
    private readonly Lazy<string> _log;

    internal VerifierException(VerifierRefusal refusal)
        : base("load", $"program '{refusal.Program}'", refusal.Errno, Describe(refusal), refusal.Advice?.Text ?? refusal.Report.Suggestion)
    {
        Program = refusal.Program;
        Summary = refusal.Report.Summary;
        Location = refusal.Location;
        Instruction = refusal.Report.Instruction;
        Explanation = refusal.Advice?.Explanation;
        Remedy = refusal.Advice?.Remedy ?? refusal.Report.Suggestion;
        CausalPath = refusal.Report.CausalPath;
        IsLogTruncated = refusal.IsLogTruncated;
        _log = new Lazy<string>(refusal.Log);
    }

    /// <summary>The program's name.</summary>
    public string Program { get; }

    /// <summary>The refusal in the verifier's own words.</summary>
    public string Summary { get; }

    /// <summary>The source line it is about; null where the log names none (an object without -g, a limit of the whole program).</summary>
    public SourceLocation? Location { get; }

    /// <summary>The instruction it is about, counted from 0 in the program as loaded; null where the log names none.</summary>
    public int? Instruction { get; }

    /// <summary>What the refusal means, for the common kinds; else null.</summary>
    public string? Explanation { get; }

    /// <summary>What to do, for the common kinds or as Linux 7.3 and newer suggest; else null.</summary>
    public string? Remedy { get; }

    /// <summary>How it came about, one step an entry (Linux 7.3 and newer); else empty.</summary>
    public IReadOnlyList<string> CausalPath { get; }

    /// <summary>The verifier's log, from its first instruction to its statistics.</summary>
    public string Log => _log.Value;

    /// <summary>Whether the log outgrew 256 MB: its end is kept by Linux 6.4 and newer, its beginning by older kernels.</summary>
    public bool IsLogTruncated { get; }

    /// <summary>The last lines of the log.</summary>
    /// <param name="lines">How many.</param>
    /// <returns>The lines, after a line that counts those left out.</returns>
    public string LogTail(int lines = 20)
    {
        var all = Log.TrimEnd().Split('\n');
        return all.Length <= lines
            ? string.Join('\n', all)
            : $"[{all.Length - lines} lines left out]\n{string.Join('\n', all[^lines..])}";
    }

    private static string Describe(VerifierRefusal refusal)
    {
        var words = refusal.Report.Summary.Length > 0 ? refusal.Report.Summary : "the verifier says nothing";
        return refusal.Location is not { } source
            ? words
            : source.Text.Length > 0 ? $"{words}, at {source}: {source.Text.Trim()}" : $"{words}, at {source}";
    }
}

/// <summary>What a <see cref="VerifierException"/> is made of.</summary>
internal sealed record VerifierRefusal(
    string Program, int Errno, VerifierReport Report, SourceLocation? Location, VerifierAdvice? Advice, Func<string> Log, bool IsLogTruncated);
