using System.Collections.Concurrent;

namespace BpfInteractive.Tests.Vmas;

/// <summary>The programs of tests/targets/vmas, compiled once for a run of the tests.</summary>
public static class VmaTargets
{
    private static readonly ConcurrentDictionary<string, Lazy<string>> s_programs = new();
    private static readonly TemporaryFolder s_folder = new();

    /// <summary>The program of a source, compiled.</summary>
    public static string Program(string name) => s_programs.GetOrAdd(name, _ => new Lazy<string>(() => Compile(name))).Value;

    /// <summary>A process with one mapping of each kind; its files are in <paramref name="folder"/>.</summary>
    public static Task<TestProcess> ZooAsync(string folder) => ReadyAsync("vma_zoo", folder);

    /// <summary>A process with a number of VMAs.</summary>
    public static Task<TestProcess> ManyAsync(int count) => ReadyAsync("vma_many", $"{count}", "/bin/sleep");

    /// <summary>Starts a program and waits until it says that it is ready.</summary>
    public static async Task<TestProcess> ReadyAsync(string name, params string[] arguments)
    {
        var process = TestProcess.Start(Program(name), arguments);
        await process.WaitForOutputAsync("ready");
        return process;
    }

    private static string Compile(string name)
    {
        Require.Tool("cc");
        var program = Path.Combine(s_folder.FullName, name);
        var source = Path.Combine(Machine.RepositoryRoot, "tests", "targets", "vmas", name + ".c");
        var (status, _, errors) = TestProcess.RunAsync("cc", ["-O1", "-pthread", "-o", program, source]).GetAwaiter().GetResult();
        return status == 0 ? program : throw new InvalidOperationException(errors);
    }
}
