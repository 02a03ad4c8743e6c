using System.Collections.Concurrent;

namespace BpfInteractive.Tests.Vmas;

/// <summary>The programs of tests/targets/vmas, compiled once for a run of the tests.</summary>
public static class VmaTargets
{
    private static readonly ConcurrentDictionary<string, Lazy<string>> s_programs = new();
    private static readonly TemporaryFolder s_folder = TemporaryFolder.OfProcess();

    /// <summary>The program of a source, compiled.</summary>
    public static string Program(string name) => s_programs.GetOrAdd(name, _ => new Lazy<string>(() => Compile(name))).Value;

    /// <summary>A process with one mapping of each kind; its files are in <paramref name="folder"/>.</summary>
    public static Task<TestProcess> ZooAsync(string folder) => ReadyAsync("vma_zoo", folder);

    /// <summary>A process with a number of VMAs.</summary>
    public static Task<TestProcess> ManyAsync(int count) => ReadyAsync("vma_many", $"{count}", "/bin/sleep");

    /// <summary>/bin/sleep, once it sleeps: before that it still loads libraries.</summary>
    public static TestProcess QuietSleeper()
    {
        var sleeper = Targets.Sleeper();
        WaitUntilAsleep(sleeper.Pid);
        return sleeper;
    }

    /// <summary>Waits until a process is /bin/sleep and sleeps (state S), and its address space has stood still for a while.</summary>
    public static void WaitUntilAsleep(int pid)
    {
        var (text, quiet) = ("", 0);
        for (var tries = 0; quiet < 5 && tries < 3000; tries++)
        {
            Thread.Sleep(20);
            var now = File.ReadAllText($"/proc/{pid}/maps");
            quiet = now == text && File.ReadAllText($"/proc/{pid}/stat").Contains("(sleep) S", StringComparison.Ordinal) ? quiet + 1 : 0;
            text = now;
        }

        Assert.Equal(5, quiet);
    }

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
