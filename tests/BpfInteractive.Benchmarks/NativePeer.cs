using System.Diagnostics;

namespace BpfInteractive.Benchmarks;

/// <summary>A peer written in C: compiled with -O2 from <c>native/</c> beside this file when it is first asked for, and run as a process or loaded as a library.</summary>
public static class NativePeer
{
    private static readonly string s_folder = Directory.CreateTempSubdirectory("bpfi-bench-").FullName;

    static NativePeer() => AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(s_folder, recursive: true);

    /// <summary>The path of the peer <paramref name="name"/> (native/NAME.c), linked with libbpf.</summary>
    public static string Program(string name) => Build(name, name, "-lbpf", "-lelf", "-lz");

    /// <summary>The path of the peer as a shared library, to be called by P/Invoke.</summary>
    public static string Library(string name) => Build(name, $"lib{name}.so", "-shared", "-fPIC", "-lbpf", "-lelf", "-lz");

    /// <summary>Runs a program to its end and gives its standard output; throws with its errors when it fails.</summary>
    public static string Run(string file, params IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{file} ended with {process.ExitCode}: {errors.Result}");
    }

    private static string Build(string name, string output, params IEnumerable<string> options)
    {
        var path = Path.Combine(s_folder, output);
        if (!File.Exists(path))
        {
            Run(Compiler(), ["-O2", "-g", "-o", path, Path.Combine(AppContext.BaseDirectory, "native", name + ".c"), .. options]);
        }

        return path;
    }

    private static string Compiler() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .SelectMany(folder => new[] { "gcc", "clang", "clang-19" }.Select(name => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists) ?? throw new InvalidOperationException("no C compiler (gcc, clang) on the search path");
}
