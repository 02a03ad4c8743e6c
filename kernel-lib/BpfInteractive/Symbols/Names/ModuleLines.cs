using System.Text;

namespace BpfInteractive;

/// <summary>Finds the debug information of a file, and of the supplementary file that some debug files share (dwz).</summary>
internal static class ModuleLines
{
    private const int LongestLink = 4096;

    /// <summary>Whether a file has debug information of its own; a damaged file has none.</summary>
    internal static bool HasDebugInfo(ElfFile file) => DwarfSections.IsIn(file);

    /// <summary>Reads it; null with the reason where it cannot be had.</summary>
    /// <param name="file">The file that has it; null where none was found.</param>
    /// <param name="program">The path of the program, beside which functions of split units may be; null where that is not known.</param>
    /// <param name="debugFiles">Where the supplementary file may be.</param>
    /// <param name="whyNoFile">Why no file was found.</param>
    /// <param name="token">Ends fetching.</param>
    internal static (DwarfInfo? Info, FrameReason WhyNone) Read(ElfFile? file, string? program, DebugFiles? debugFiles, FrameReason whyNoFile, CancellationToken token)
    {
        try
        {
            return file is not null && DwarfInfo.Read(file, SupplementOf(file, debugFiles, token), new SplitFiles(program)) is { } info
                ? (info, FrameReason.None)
                : (null, whyNoFile == FrameReason.FetchFailed ? whyNoFile : FrameReason.NoDebugInfo);
        }
        catch (SymbolFileException damage)
        {
            return (null, damage.Reason);
        }
    }

    /// <summary>A name and the lines of its place. Where there is no symbol, the function that the lines tell of is the name.</summary>
    internal static FrameName Joined(FrameName name, SourceLine[] lines) =>
        name.IsNamed || lines[^1].Function.Length == 0 ? name with { Lines = lines } : new FrameName(lines[^1].Function, 0, FrameReason.None) { Lines = lines };

    /// <summary>.gnu_debugaltlink: a path and a build id. Without the file its names are missing, and no more.</summary>
    private static DwarfInfo? SupplementOf(ElfFile file, DebugFiles? debugFiles, CancellationToken token)
    {
        if (debugFiles is null || file.Find(".gnu_debugaltlink") is not { Size: > 0 and < LongestLink } section)
        {
            return null;
        }

        var link = file.Read(section);
        var end = Array.IndexOf(link, (byte)0);
        if (end <= 0 || end + 1 == link.Length)
        {
            return null;
        }

        try
        {
            using var found = debugFiles.FindSupplement(Encoding.UTF8.GetString(link, 0, end), new BuildId(link.AsSpan(end + 1)), token);
            return found is null ? null : DwarfInfo.Read(found);
        }
        catch (Exception e) when (e is SymbolFileException or ArgumentException)
        {
            return null;
        }
    }
}
