using System.Globalization;

namespace BpfInteractive.Scripting;

/// <summary>What tells one content of a file from another without reading it: its length and the time of its last change.</summary>
internal readonly record struct FileStamp(string Path, long Length, long ChangedTicks)
{
    internal static FileStamp Of(string path)
    {
        var file = new FileInfo(path);
        return new FileStamp(path, file.Exists ? file.Length : -1, file.Exists ? file.LastWriteTimeUtc.Ticks : 0);
    }

    /// <summary>True while the file on disk is the one that was stamped.</summary>
    internal bool StillHolds() => Of(Path) == this;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Length} {ChangedTicks} {Path}");

    internal static bool TryParse(string text, out FileStamp stamp)
    {
        var parts = text.Split(' ', 3);
        if (parts.Length == 3
            && long.TryParse(parts[0], CultureInfo.InvariantCulture, out var length)
            && long.TryParse(parts[1], CultureInfo.InvariantCulture, out var ticks))
        {
            stamp = new FileStamp(parts[2], length, ticks);
            return true;
        }

        stamp = default;
        return false;
    }
}
