namespace BpfInteractive;

/// <summary>A place in the C source.</summary>
/// <param name="File">The file as the compiler was given it.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1; 0 where it is not known.</param>
/// <param name="Text">The line itself, as the compiler kept it; empty where it did not.</param>
public sealed record SourceLocation(string File, int Line, int Column, string Text)
{
    /// <summary>"opens.bpf.c:12:9".</summary>
    public override string ToString() => Column > 0 ? $"{File}:{Line}:{Column}" : $"{File}:{Line}";
}

/// <summary>Finds the source line of an instruction, or of a line that the kernel quotes in its log.</summary>
internal sealed class SourceMap(BtfData? btf, IReadOnlyList<LineRecord> lines)
{
    /// <summary>The line of an instruction of a section: that of the nearest record at or before it.</summary>
    internal SourceLocation? Find(string section, int instruction)
    {
        LineRecord? best = null;
        foreach (var line in lines)
        {
            if (line.Section == section && line.Instruction <= instruction && (best is null || line.Instruction >= best.Value.Instruction))
            {
                best = line;
            }
        }

        return best is { } found ? ToLocation(found) : null;
    }

    /// <summary>A line that the log quotes with its place (since Linux 6.9 the file's last part and the line); the text tells apart.</summary>
    internal SourceLocation? FindQuoted(string fileName, int lineNumber, string text)
    {
        foreach (var line in lines)
        {
            if (line.Line == lineNumber && Path.GetFileName(FileOf(line)) == fileName)
            {
                return ToLocation(line);
            }
        }

        return new SourceLocation(fileName, lineNumber, 0, text);
    }

    /// <summary>A line that older kernels quote by its text alone; the first of a section that reads the same.</summary>
    internal SourceLocation? FindText(string section, string text)
    {
        var trimmed = text.Trim();
        LineRecord? elsewhere = null;
        foreach (var line in lines)
        {
            if (TextOf(line).Trim() != trimmed)
            {
                continue;
            }

            if (line.Section == section)
            {
                return ToLocation(line);
            }

            elsewhere ??= line;
        }

        return elsewhere is { } found ? ToLocation(found) : null;
    }

    private SourceLocation ToLocation(LineRecord line) => new(FileOf(line), line.Line, line.Column, TextOf(line).TrimEnd());

    private string FileOf(LineRecord line) => btf!.TextAt(line.FileName);

    private string TextOf(LineRecord line) => btf!.TextAt(line.Text);
}
