namespace BpfInteractive.Tests.Infrastructure;

/// <summary>Small programs that do a known thing, for tests to look at.</summary>
public static class Targets
{
    /// <summary>A process that sleeps until disposed: a quiet address space.</summary>
    public static TestProcess Sleeper() => TestProcess.Start("/bin/sleep", "infinity");

    /// <summary>A process that uses a CPU until disposed.</summary>
    public static TestProcess Spinner() => TestProcess.Start("/bin/sh", "-c", "while :; do :; done");

    /// <summary>A process that opens <paramref name="path"/> for reading, again and again, until disposed.</summary>
    public static TestProcess Opener(string path) => TestProcess.Start("/bin/sh", "-c", "while :; do read -r line < \"$0\"; done", path);

    /// <summary>The pid of a process that existed a moment ago and does not any more.</summary>
    public static int DeadPid()
    {
        using var process = TestProcess.Start("/bin/true");
        var pid = process.Pid;
        process.WaitForExitAsync().GetAwaiter().GetResult();
        return pid;
    }
}
