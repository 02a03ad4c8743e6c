using BpfInteractive.Tests.Infrastructure;

namespace BpfInteractive.Scripting.Tests;

/// <summary>A folder with scripts that are run as a user runs them: by the tool, in a process of its own.</summary>
internal sealed class ScriptFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    internal static string Tool => Path.Combine(AppContext.BaseDirectory, "bpfi");

    internal string FullName => _folder.FullName;

    public void Dispose() => _folder.Dispose();

    internal string Write(string name, string text) => _folder.Write(name, text);

    internal Task<(int Status, string Output, string Errors)> RunAsync(string script, params string[] args) => RunFileAsync("test.csx", script, args);

    internal Task<(int Status, string Output, string Errors)> RunFileAsync(string name, string script, params string[] args)
    {
        Write(name, script);
        return TestProcess.RunAsync(Tool, ["run", name, .. args.Length > 0 ? ["--", .. args] : Array.Empty<string>()], FullName);
    }

    internal string Read(string name) => File.ReadAllText(_folder[name]);

    /// <summary>Runs the tool in this folder.</summary>
    internal Task<(int Status, string Output, string Errors)> RunToolAsync(IEnumerable<string> arguments) => TestProcess.RunAsync(Tool, arguments, FullName);

    /// <summary>Starts a script and waits until it says "ready".</summary>
    internal async Task<TestProcess> StartAsync(string script)
    {
        var process = TestProcess.Start(new System.Diagnostics.ProcessStartInfo(Tool, ["run", Write("test.csx", script)]) { WorkingDirectory = FullName });
        await process.WaitForOutputAsync("ready");
        return process;
    }
}
