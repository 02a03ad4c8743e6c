using System.ComponentModel;
using System.Diagnostics;

namespace BpfInteractive.Jupyter;

/// <summary>Programs of the system that set users up: groupadd, setcap, the C compiler.</summary>
internal static class SystemTool
{
    private static readonly string[] s_folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin"];

    /// <summary>The full path of the first of these programs that is there; null when none is. The caller's PATH has no say: root runs it.</summary>
    internal static string? Find(params IEnumerable<string> names) =>
        names.SelectMany(name => s_folders.Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists);

    /// <exception cref="UnsupportedFeatureException">None of them is there.</exception>
    internal static string Need(string package, params IEnumerable<string> names) =>
        Find(names) ?? throw new UnsupportedFeatureException(names.First(), "it is not installed", $"install {package}");

    /// <summary>Runs a program to its end.</summary>
    /// <returns>What it wrote to its standard output.</returns>
    /// <exception cref="IOException">It failed; the message has its own words.</exception>
    internal static string Run(string program, params IEnumerable<string> arguments)
    {
        var (status, output, errors) = Try(program, arguments);
        return status == 0 ? output : throw new IOException($"{Path.GetFileName(program)} failed: {(errors.Length > 0 ? errors : output).Trim()}");
    }

    /// <summary>Runs a program to its end and gives its exit status, too.</summary>
    internal static (int Status, string Output, string Errors) Try(string program, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = "/" };
        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, errors.GetAwaiter().GetResult());
        }
        catch (Win32Exception error)
        {
            throw new IOException($"{program} cannot be run: {error.Message}", error);
        }
    }
}
