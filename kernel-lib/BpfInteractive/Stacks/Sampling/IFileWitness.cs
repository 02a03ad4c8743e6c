namespace BpfInteractive;

/// <summary>Is told of files and of JIT code when they are first seen, on the sampler's own thread: to hold what may be gone when names are wanted.</summary>
internal interface IFileWitness
{
    /// <summary>A file was seen mapped.</summary>
    /// <param name="builder">Where the file is; a build id that is found goes there.</param>
    /// <param name="file">Its number there.</param>
    /// <param name="pid">A process that maps it, in the first pid namespace.</param>
    /// <param name="start">Where.</param>
    /// <param name="end">The address behind the mapping's last.</param>
    void OnFile(ProfileBuilder builder, int file, int pid, ulong start, ulong end);

    /// <summary>A process ran code in anonymous memory.</summary>
    void OnJit(int pid);
}

/// <summary>Keeps nothing.</summary>
internal sealed class NoWitness : IFileWitness
{
    /// <inheritdoc/>
    public void OnFile(ProfileBuilder builder, int file, int pid, ulong start, ulong end)
    {
    }

    /// <inheritdoc/>
    public void OnJit(int pid)
    {
    }
}
