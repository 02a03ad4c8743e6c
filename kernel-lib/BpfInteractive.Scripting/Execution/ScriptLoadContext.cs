using System.Reflection;
using System.Runtime.Loader;

namespace BpfInteractive.Scripting;

/// <summary>
/// Where submissions and the assemblies that they bring in are loaded. What the process runs on comes from the default context; a package's native libraries are
/// found by the names that its imports use.
/// </summary>
internal sealed class ScriptLoadContext() : AssemblyLoadContext("script")
{
    private readonly Dictionary<string, string> _assemblies = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _nativeLibraries = new(StringComparer.Ordinal);
    private readonly HashSet<string> _directories = new(StringComparer.Ordinal);

    /// <summary>Makes the files known that a submission's references brought in.</summary>
    internal void Add(ScriptReferences references)
    {
        foreach (var path in references.Assemblies)
        {
            _assemblies.TryAdd(Path.GetFileNameWithoutExtension(path), path);
            _directories.Add(Path.GetDirectoryName(path)!);
        }

        foreach (var path in references.NativeLibraries)
        {
            _nativeLibraries.TryAdd(Path.GetFileName(path), path);
        }
    }

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        var name = assemblyName.Name!;
        if (_assemblies.TryGetValue(name, out var path))
        {
            return LoadFromAssemblyPath(path);
        }

        if (RunningAssemblies.FindPath(name) is not null)
        {
            return null;
        }

        // A file named by #r brings its neighbours along, as it does for `dotnet script`.
        var neighbour = _directories.Select(directory => Path.Combine(directory, name + ".dll")).FirstOrDefault(File.Exists);
        return neighbour is null ? null : LoadFromAssemblyPath(neighbour);
    }

    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        foreach (var file in NativeFileNames(unmanagedDllName))
        {
            if (_nativeLibraries.TryGetValue(file, out var path))
            {
                return LoadUnmanagedDllFromPath(path);
            }

            var neighbour = _directories.Select(directory => Path.Combine(directory, file)).FirstOrDefault(File.Exists);
            if (neighbour is not null)
            {
                return LoadUnmanagedDllFromPath(neighbour);
            }
        }

        return 0;
    }

    private static string[] NativeFileNames(string name) => [name, $"{name}.so", $"lib{name}.so", $"lib{name}"];
}
