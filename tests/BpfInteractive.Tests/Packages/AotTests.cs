using System.Text.RegularExpressions;
using BpfInteractive.Tests.Vmas;

namespace BpfInteractive.Tests.Packages;

/// <summary>The library in a native program (tests/BpfInteractive.Aot): all of it is compiled ahead without a warning, and works without a JIT.</summary>
[Slow]
public sealed partial class AotTests(AotTests.NativeProgram native) : IClassFixture<AotTests.NativeProgram>
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(15);

    [Theory]
    [InlineData("auto")]
    [InlineData("open-coded")]
    [InlineData("task-vma-iter")]
    [InlineData("procmap-query")]
    [InlineData("proc-maps")]
    public async Task It_reads_an_address_space_by_each_engine(string engine)
    {
        var program = native.Path;
        var available = VmaEngines.Available;
        if (engine != "auto")
        {
            Require.Feature($"engine {engine}", () => available.Contains(VmaEngines.Parse(engine)) ? null : "it cannot be used here");
        }

        using var target = VmaTargets.QuietSleeper();
        var (status, output, errors) = await TestProcess.RunAsync(program, ["vmas", $"{target.Pid}", engine]);
        Assert.True(status == 0, errors);
        Assert.Equal(File.ReadAllText($"/proc/{target.Pid}/maps"), output);
    }

    [Fact]
    public async Task It_compiles_loads_and_decodes_records_without_dynamic_code()
    {
        Require.Root();
        using var target = VmaTargets.QuietSleeper();
        var (status, output, errors) = await TestProcess.RunAsync(native.Path, ["tasks", $"{target.Pid}"]);
        Assert.True(status == 0, errors);
        Assert.Equal(
            $"pid={target.Pid} size=LARGE comm=sleep pair=[{target.Pid}, 2] bytes=0000ff leads=true low=5 high=17; dynamic code: False\n", output);
    }

    /// <summary>The program, published once for the class in a folder of its own.</summary>
    public sealed partial class NativeProgram : IAsyncLifetime
    {
        private readonly TemporaryFolder _folder = new();
        private string? _whyMissing;

        internal string Path
        {
            get
            {
                if (_whyMissing is not null)
                {
                    Require.Skip(_whyMissing);
                }

                return System.IO.Path.Combine(_folder["program"], "BpfInteractive.Aot");
            }
        }

        public async ValueTask InitializeAsync()
        {
            // Warnings are errors in this build, those of the trimmer and of the native compiler too.
            string[] publish =
            [
                "publish", System.IO.Path.Combine(Machine.RepositoryRoot, "tests", "BpfInteractive.Aot"), "-c", "Release", "-p:BpfiAot=true", "-p:BpfiAotWhole=true",
                "-p:BpfiLibraryFrameworks=net10.0", "--artifacts-path", _folder["work"], "-o", _folder["program"], "-nodeReuse:false", "-tl:off", "--nologo",
            ];
            var environment = new Dictionary<string, string?> { ["MSBUILDDISABLENODEREUSE"] = "1", ["TMPDIR"] = _folder.FullName };
            var (status, output, errors) = await TestProcess.RunAsync(Machine.Dotnet, publish, environment: environment, limit: s_limit);
            var text = output + errors;
            if (NoPackage().Match(text) is { Success: true } missing)
            {
                _whyMissing = $"needs the package Microsoft.DotNet.ILCompiler: {missing.Value}";
                return;
            }

            Assert.True(status == 0, text);
            Assert.DoesNotMatch(@"\bwarning [A-Z]+\d+", text);
        }

        public ValueTask DisposeAsync()
        {
            _folder.Dispose();
            return ValueTask.CompletedTask;
        }

        [GeneratedRegex("error NU(1100|1101|1102|1301): .*ILCompiler.*", RegexOptions.IgnoreCase)]
        private static partial Regex NoPackage();
    }
}
