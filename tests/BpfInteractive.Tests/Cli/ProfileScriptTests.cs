using System.Globalization;
using System.Text.RegularExpressions;

namespace BpfInteractive.Tests.Cli;

/// <summary>The scripts that teach profiling, run as their first lines say.</summary>
[Slow]
public sealed partial class ProfileScriptTests
{
    [Fact]
    public async Task The_exited_process_problem_is_shown_with_its_cure()
    {
        Require.Root();
        var (status, output, errors) = await RunAsync("exited.csx", Path.GetTempPath(), "2");

        Assert.True(status == 0, errors);
        var late = double.Parse(Late().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
        var taken = double.Parse(Taken().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.True(late < 50 && taken > 99, output);
    }

    [Fact]
    public async Task A_profile_is_printed_drawn_and_kept()
    {
        Require.Root();
        using var folder = new TemporaryFolder();
        using var spinner = Targets.Spinner();
        var (status, output, errors) = await RunAsync("profile.csx", folder.FullName, "1", "mine");

        Assert.True(status == 0, errors);
        Assert.Contains("user leaves:", output, StringComparison.Ordinal);
        Assert.Contains("<canvas", await File.ReadAllTextAsync(folder["mine.html"], TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.True(File.Exists(folder["mine.parquet/samples.parquet"]));
    }

    [Theory]
    [InlineData("exited.csx")]
    [InlineData("profile.csx")]
    public async Task A_script_says_what_it_is_for(string script)
    {
        var (status, output, errors) = await RunAsync(script, Path.GetTempPath(), "--help");
        Assert.True(status == 0, errors);
        Assert.StartsWith($"usage: scripts/bpfi run scripts/{script}", output, StringComparison.Ordinal);
    }

    private static Task<(int Status, string Output, string Errors)> RunAsync(string script, string folder, params string[] arguments) => TestProcess.RunAsync(
        Machine.Bpfi, ["run", Path.Combine(Machine.RepositoryRoot, "scripts", script), "--", .. arguments], folder, limit: TimeSpan.FromMinutes(3));

    [GeneratedRegex(@"read now:\s+([\d.]+) %")]
    private static partial Regex Late();

    [GeneratedRegex(@"taken in the kernel:\s+([\d.]+) %")]
    private static partial Regex Taken();
}
