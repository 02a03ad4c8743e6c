namespace BpfInteractive.Scripting;

/// <summary>Paths as people read them: relative to where they stand, if that is shorter.</summary>
internal static class DisplayPath
{
    internal static string Of(string path)
    {
        if (!Path.IsPathFullyQualified(path))
        {
            return path;
        }

        var relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        return relative.Length < path.Length ? relative : path;
    }
}
