using System.Globalization;
using System.Runtime.CompilerServices;

namespace BpfInteractive.Tests.Infrastructure;

/// <summary>
/// The test program's own temporary folder: what others on the machine do in theirs is not counted as a leak of ours. It goes at the end,
/// unless something of the project's was left in it, which <c>scripts/test</c> then reports.
/// </summary>
internal static class OwnTemporaryFolder
{
    [ModuleInitializer]
    internal static void Make()
    {
        var folder = Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"bpfi-tests-{Environment.ProcessId}"));
        Directory.CreateDirectory(folder);
        Environment.SetEnvironmentVariable("TMPDIR", folder);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Remove(folder);
    }

    private static void Remove(string folder)
    {
        if (!Directory.EnumerateFileSystemEntries(folder, "bpfi*").Any())
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
