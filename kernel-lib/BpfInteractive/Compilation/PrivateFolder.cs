namespace BpfInteractive;

/// <summary>A folder of our own under the temporary one (mode 0700), gone when disposed.</summary>
internal sealed class PrivateFolder : IDisposable
{
    internal string Path { get; } = Directory.CreateTempSubdirectory("bpfi-").FullName;

    internal string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (IOException)
        {
            // A clang that was just killed may still be writing; the system's own cleaning takes what is left.
        }
    }
}
