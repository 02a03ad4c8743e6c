using System.Reflection;
using System.Text.Json;

namespace BpfInteractive.Scripting;

/// <summary>The files of restored packages and of all that they depend on, without those that this process supplies itself.</summary>
/// <param name="CompileFiles">Assemblies to compile against.</param>
/// <param name="RuntimeFiles">Assemblies to load.</param>
/// <param name="NativeFiles">Native libraries for this machine.</param>
internal sealed record PackageSet(IReadOnlyList<string> CompileFiles, IReadOnlyList<string> RuntimeFiles, IReadOnlyList<string> NativeFiles)
{
    internal static readonly PackageSet Empty = new([], [], []);

    /// <summary>Reads the result of a restore, NuGet's project.assets.json; null when it is the result of one that failed.</summary>
    /// <param name="json">The file's bytes.</param>
    internal static PackageSet? FromAssets(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        if (root.TryGetProperty("logs", out var logs) && logs.EnumerateArray().Any(log => log.GetProperty("level").ValueEquals("Error")))
        {
            return null;
        }

        var folders = root.GetProperty("packageFolders").EnumerateObject().Select(folder => folder.Name).ToList();
        var libraries = root.GetProperty("libraries");

        // The target with a runtime identifier, if there is one, is the last and the most precise: it lists native files.
        var target = root.GetProperty("targets").EnumerateObject().MaxBy(entry => entry.Name.Length).Value;
        List<string> compile = [], runtime = [], native = [];
        foreach (var library in target.EnumerateObject())
        {
            var relative = libraries.GetProperty(library.Name).TryGetProperty("path", out var path) ? path.GetString() : null;
            var directory = folders.Select(folder => Path.Combine(folder, relative ?? "")).FirstOrDefault(Directory.Exists);
            if (relative is null || directory is null)
            {
                continue;
            }

            compile.AddRange(Files(library.Value, "compile", directory).Where(IsNotRunning));
            runtime.AddRange(Files(library.Value, "runtime", directory).Where(IsNotRunning));
            native.AddRange(Files(library.Value, "native", directory));
        }

        return new PackageSet(compile, runtime, native);
    }

    private static IEnumerable<string> Files(JsonElement library, string kind, string directory) =>
        library.TryGetProperty(kind, out var files)
            ? files.EnumerateObject().Where(file => !file.Name.EndsWith("/_._", StringComparison.Ordinal)).Select(file => Path.Combine(directory, file.Name))
            : [];

    /// <summary>The process's own assembly wins, unless it is the framework's and older than the package's.</summary>
    private static bool IsNotRunning(string path)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        return RunningAssemblies.FindPath(name) is not { } running
            || (!RunningAssemblies.IsOurs(name) && VersionOf(path) > VersionOf(running));
    }

    private static Version? VersionOf(string path) => AssemblyName.GetAssemblyName(path).Version;
}
