namespace BpfInteractive.Tests.Infrastructure;

/// <summary>A folder of a test's own, removed with all that is in it.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string FullName { get; } = Directory.CreateTempSubdirectory("bpfi-test-").FullName;

    /// <summary>The full path of a name in this folder.</summary>
    public string this[string name] => Path.Combine(FullName, name);

    /// <summary>Writes a file and gives its full path.</summary>
    public string Write(string name, string text)
    {
        var path = this[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(FullName, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
        }
    }
}
