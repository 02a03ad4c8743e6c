using System.Globalization;
using BpfInteractive.Tests.Stacks.Unwinding;
using BpfInteractive.Tests.Symbols;

namespace BpfInteractive.Tests.Stacks.Sampling;

/// <summary>Whole stacks of code without frame pointers, through the sampler.</summary>
[Slow]
[Guest]
public sealed class UnwoundSamplesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _busy;

    public UnwoundSamplesTests()
    {
        Require.Root();
        _busy = _folder["busy"];
        SymbolPrograms.Run("cc", "-o", _busy, _folder.Write("busy.c", UnwindPrograms.C), "-O2", "-fomit-frame-pointer", "-lm");
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Tables")]
    [InlineData("Auto")]
    public async Task Stacks_of_code_without_frame_pointers_reach_main(string how)
    {
        using var process = TestProcess.Start(_busy);
        await using var live = Profiler.Start(new() { Pid = process.Pid, Frequency = 499, Unwinding = Enum.Parse<StackUnwinding>(how) });
        while (live.SampleCount < 200)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        var profile = await live.StopAsync();

        Hold(live, profile, atRoot: 0.99, inMain: 0.99);
        Assert.Contains(profile.Info.Notes, note => note.Contains("reach a root", StringComparison.Ordinal));
    }

    [Fact]
    public async Task By_frame_pointers_the_same_code_does_not()
    {
        using var process = TestProcess.Start(_busy);
        await using var live = Profiler.Start(new() { Pid = process.Pid, Frequency = 499 });
        while (live.SampleCount < 200)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        var profile = await live.StopAsync();

        Assert.Null(live.Unwound);
        Assert.True(ShareIn(profile, "main") < 0.6, profile.FunctionColumns().ToTable(20));
    }

    [Fact]
    public async Task Processes_that_are_killed_before_anybody_unwinds_have_whole_stacks()
    {
        await using var live = Profiler.Start(new()
        {
            Command = ["/bin/sh", "-c", $"for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do timeout -s KILL 0.05 {_busy}; done"],
            Frequency = 999,
            Unwinding = StackUnwinding.Tables,
        });
        await live.WaitForEndAsync(null, TestContext.Current.CancellationToken);

        var profile = await live.StopAsync();

        // On a machine with much to do some are killed before they reach main: their root is the dynamic linker's.
        var busy = profile.Filter(new ProfileFilter { Comm = "busy" });
        var seen = $"{live.Unwound!.ToNote()}\n{profile.Losses}\n{busy.FunctionColumns().ToTable(20)}";
        var stacks = busy.Tables.Samples.Values<int>("user_stack").ToArray();
        var flags = busy.Tables.Samples.Values<byte>("flags").ToArray();
        var whole = stacks.Where((stack, row) => stack >= 0 && ((SampleFlags)flags[row] & SampleFlags.UserBroken) == 0).ToArray();
        TestContext.Current.TestOutputHelper?.WriteLine(seen);
        Assert.True(live.Unwound.Stacks > 50 && live.Unwound.AtRoot >= 0.96 * live.Unwound.Stacks, seen);
        Assert.True(whole.Length >= 0.95 * stacks.Count(stack => stack >= 0), seen);
        Assert.All(whole, stack => Assert.True(RootFileOf(busy, stack) is var root && (root == _busy || root.Contains("/ld-", StringComparison.Ordinal)), root));
        Assert.Contains(whole, stack => RootFileOf(busy, stack) == _busy);
    }

    [Fact]
    public async Task Where_user_space_takes_the_mappings_stacks_are_whole_too()
    {
        using var process = TestProcess.Start(_busy);
        await using var live = LiveProfile.Start(new() { Pid = process.Pid, Frequency = 499, Unwinding = StackUnwinding.Tables }, SamplerMode.OnRequest);
        while (live.SampleCount < 200)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        Hold(live, await live.StopAsync(), atRoot: 0.99, inMain: 0.99);
    }

    [Fact]
    public async Task A_page_of_the_stack_that_was_never_touched_is_passed_over()
    {
        var roomy = _folder["roomy"];
        const string Source = """
            #include <pthread.h>
            static volatile long s;
            __attribute__((noinline)) static void *f(void *p) { char room[3 * 4096]; asm volatile("" : : "r"(room)); for (;;) s++; return p; }
            int main(void) { pthread_t t; pthread_create(&t, 0, f, 0); pthread_join(t, 0); }
            """;
        SymbolPrograms.Run("cc", "-o", roomy, _folder.Write("roomy.c", Source), "-O2", "-fno-stack-clash-protection", "-fno-stack-protector", "-pthread");
        using var process = TestProcess.Start(roomy);
        await using var live = Profiler.Start(new() { Pid = process.Pid, Frequency = 499, Unwinding = StackUnwinding.Tables });
        while (live.SampleCount < 100)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        var profile = await live.StopAsync();

        Assert.True(live.Unwound!.AtRoot >= 0.98 * live.Unwound.Stacks, live.Unwound.ToNote());
        Assert.True(ShareIn(profile, "start_thread") > 0.98, profile.FunctionColumns().ToTable(20));
    }

    [Fact]
    public async Task A_stack_that_was_cut_says_so()
    {
        var deep = _folder["deep"];
        SymbolPrograms.Run("cc", "-o", deep, _folder.Write("deep.c", "static volatile int s; __attribute__((noinline)) static int f(int n) { char room[256]; room[n & 255] = 1; s += room[n & 7]; return n ? f(n - 1) + 1 : s; } int main(void) { for (;;) s += f(100); }"), "-O1", "-fno-optimize-sibling-calls");
        using var process = TestProcess.Start(deep);
        await using var live = Profiler.Start(new() { Pid = process.Pid, Frequency = 499, Unwinding = StackUnwinding.Tables, StackCopyBytes = 4096 });
        while (live.SampleCount < 100)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        var profile = await live.StopAsync();

        Assert.Contains(profile.Info.Notes, note => note.Contains("beyond what was copied", StringComparison.Ordinal));
        Assert.Contains((byte)(SampleFlags.UserUnwound | SampleFlags.UserBroken), profile.Tables.Samples.Values<byte>("flags").ToArray());
    }

    private static void Hold(LiveProfile live, Profile profile, double atRoot, double inMain)
    {
        var counts = live.Unwound!;
        var seen = string.Create(CultureInfo.InvariantCulture, $"{counts.ToNote()}\n{profile.Losses}\n{profile.FunctionColumns().ToTable(20)}");
        TestContext.Current.TestOutputHelper?.WriteLine(seen);
        Assert.True(counts.Stacks > 50, seen);
        Assert.True(counts.AtRoot >= atRoot * counts.Stacks, seen);
        Assert.True(ShareIn(profile, "main") >= inMain, seen);
    }

    /// <summary>The file that has a stack's outermost frame.</summary>
    private static string RootFileOf(Profile profile, int stack)
    {
        var callers = profile.Tables.Stacks.Values<int>("caller");
        for (; callers[stack] >= 0; stack = callers[stack])
        {
        }

        return profile.Tables.Files.Text("path")[profile.Tables.Locations.Values<int>("file")[profile.Tables.Stacks.Values<int>("location")[stack]]]!;
    }

    /// <summary>Which part of the samples with a user stack has a function on it.</summary>
    private static double ShareIn(Profile profile, string function)
    {
        var with = profile.Filter(new ProfileFilter { Function = function }).SampleCount;
        return (double)with / profile.Tables.Samples.Values<int>("user_stack").ToArray().Count(stack => stack >= 0);
    }
}
