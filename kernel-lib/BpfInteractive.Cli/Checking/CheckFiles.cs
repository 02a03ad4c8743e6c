namespace BpfInteractive.Cli.Checking;

/// <summary>The files that the arguments of <c>bpfi check</c> mean: files as they are, and in folders every *.bpf.c.</summary>
internal static class CheckFiles
{
    /// <exception cref="ArgumentException">A path does not exist, or a folder holds no program.</exception>
    internal static IReadOnlyList<string> Expand(IEnumerable<string> paths)
    {
        var files = new List<string>();
        foreach (var path in paths)
        {
            if (!Directory.Exists(path))
            {
                files.Add(File.Exists(path) ? path : throw new ArgumentException($"there is no file or folder '{path}'"));
                continue;
            }

            var found = Directory.GetFiles(path, "*.bpf.c", SearchOption.AllDirectories);
            if (found.Length == 0)
            {
                throw new ArgumentException($"the folder '{path}' holds no *.bpf.c");
            }

            Array.Sort(found, StringComparer.Ordinal);
            files.AddRange(found);
        }

        return files;
    }
}
