using BpfInteractive.Tests.Vmas;

namespace BpfInteractive.Tests.Packages;

/// <summary>The library in a native program (tests/BpfInteractive.Aot): all of it is compiled ahead without a warning, and works without a JIT.</summary>
[Slow]
public sealed class AotTests(AotTests.Program native) : IClassFixture<AotTests.Program>
{
    [Theory]
    [InlineData("auto")]
    [InlineData("open-coded")]
    [InlineData("task-vma-iter")]
    [InlineData("procmap-query")]
    [InlineData("proc-maps")]
    public async Task It_reads_an_address_space_by_each_engine(string engine)
    {
        var program = native.File;
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
        var (status, output, errors) = await TestProcess.RunAsync(native.File, ["tasks", $"{target.Pid}"]);
        Assert.True(status == 0, errors);
        Assert.Equal(
            $"pid={target.Pid} size=LARGE comm=sleep pair=[{target.Pid}, 2] bytes=0000ff leads=true low=5 high=17; dynamic code: False\n", output);
    }

    /// <summary>Warnings are errors in its build, those of the trimmer and of the native compiler too.</summary>
    public sealed class Program() : NativeProgram("tests/BpfInteractive.Aot", "BpfInteractive.Aot", "-p:BpfiAotWhole=true");
}
