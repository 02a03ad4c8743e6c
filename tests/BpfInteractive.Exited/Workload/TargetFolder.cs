namespace BpfInteractive.Exited.Workload;

/// <summary>The targets of tests/targets/exited, built into a folder of this run's own, and what is known of their files.</summary>
public sealed class TargetFolder : IDisposable
{
    private TargetFolder(string folder, IReadOnlyDictionary<string, TargetFile> files)
    {
        FullName = folder;
        Files = files;
    }

    /// <summary>Where they are.</summary>
    public string FullName { get; }

    /// <summary>The files by the name they were built by.</summary>
    public IReadOnlyDictionary<string, TargetFile> Files { get; }

    /// <summary>Every name of a function that some target runs as known code.</summary>
    public static IReadOnlySet<string> KnownFunctions { get; } =
        new HashSet<string> { "first", "second", "alpha_spin", "beta_spin", "jit_spin", "jit_other", "impostor_1", "impostor_2" };

    /// <summary>The full path of a name in the folder.</summary>
    public string this[string name] => Path.Combine(FullName, name);

    /// <summary>Builds the targets with make.</summary>
    public static async Task<TargetFolder> BuildAsync(CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("bpfi-exited-").FullName;
        try
        {
            await Command.OutputAsync("make", ["-s", "-j2", "-C", Source(), $"OUT={folder}"], cancellationToken);
            var files = new Dictionary<string, TargetFile>();
            foreach (var path in Directory.GetFiles(folder).Where(IsJudged))
            {
                files.Add(Path.GetFileName(path), await TargetFile.ReadAsync(path, cancellationToken));
            }

            return new(folder, files);
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    public void Dispose() => Directory.Delete(FullName, recursive: true);

    private static bool IsJudged(string path) =>
        Path.GetFileName(path) is not ("swarm" or "churn") && !TargetFile.SymbolFiles.Contains(Path.GetExtension(path));

    private static string Source()
    {
        var start = Environment.GetEnvironmentVariable("BPFI_REPOSITORY") ?? AppContext.BaseDirectory;
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            var source = Path.Combine(folder.FullName, "tests", "targets", "exited");
            if (Directory.Exists(source))
            {
                return source;
            }
        }

        throw new DirectoryNotFoundException($"no tests/targets/exited above {AppContext.BaseDirectory}");
    }
}
