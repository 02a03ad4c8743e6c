namespace BpfInteractive.Tests.Infrastructure;

/// <summary>A folder of a test's own, removed with all that is in it.</summary>
public sealed class TemporaryFolder : IDisposable
{
    private TemporaryFolder(string prefix) => FullName = Directory.CreateTempSubdirectory(prefix).FullName;

    public TemporaryFolder()
        : this("bpfi-test-")
    {
    }

    public string FullName { get; }

    /// <summary>A folder that is kept until the test program ends, and is not counted as left behind: for what is built once.</summary>
    public static TemporaryFolder OfProcess() => new("kept-");

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
