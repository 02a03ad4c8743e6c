using System.Diagnostics;
using System.Text;

namespace BpfInteractive.Tests.Symbols;

/// <summary>Programs made for these tests, and the tools whose word is held against ours.</summary>
internal static class SymbolPrograms
{
    internal const string Libc = "/usr/lib/x86_64-linux-gnu/libc.so.6";

    /// <summary>Compiles C to a program or library and gives its path.</summary>
    internal static string Compile(TemporaryFolder folder, string name, string source, params string[] options)
    {
        var file = Path.Combine(folder.FullName, name + (source.StartsWith("// C++", StringComparison.Ordinal) ? ".cc" : ".c"));
        File.WriteAllText(file, source);
        var output = Path.Combine(folder.FullName, name);
        Run(KernelFeatures.Clang()!, ["-o", output, file, "-O1", "-fno-inline", .. options]);
        return output;
    }

    /// <summary>What a program prints; it must end with 0.</summary>
    internal static string Run(string program, params string[] arguments) => RunWithInput(program, "", arguments);

    internal static string RunWithInput(string program, string input, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var feed = Task.Run(() =>
        {
            process.StandardInput.Write(input);
            process.StandardInput.Close();
        });
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        feed.Wait();
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {errors.Result}");
        return text;
    }

    /// <summary>A file as a mapping of it would be described, with or without its build id.</summary>
    internal static ProfileFile ModuleOf(string path, bool withBuildId = true)
    {
        using var file = BpfInteractive.Interop.Libc.OpenForReading(path);
        var facts = FileFacts.Of(file, out var reason) ?? throw new InvalidOperationException($"{path}: {reason}");
        return new ProfileFile
        {
            Kind = ProfileFileKind.File,
            Path = path,
            BuildId = withBuildId ? facts.BuildId : default,
            Device = facts.Device,
            Inode = facts.Inode,
            SizeBytes = facts.SizeBytes,
            ModifiedNs = facts.ModifiedNs,
        };
    }
}
