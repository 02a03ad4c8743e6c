namespace BpfInteractive.Tests.Stacks.Unwinding;

/// <summary>Our unwinder and elfutils' on the same registers, bytes and files, at moments of real programs: anywhere, and instruction by instruction.</summary>
[Collection(nameof(UnwindAgainstLibDwTests))]
[CollectionDefinition(nameof(UnwindAgainstLibDwTests), DisableParallelization = true)]
public sealed class UnwindAgainstLibDwTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public UnwindAgainstLibDwTests() => Require.Feature("libdw", LibDw.WhyMissing);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("-O2", "-fomit-frame-pointer")]
    [InlineData("-O2", "-fno-omit-frame-pointer")]
    [InlineData("-O0")]
    [InlineData("-O3", "-static")]
    [InlineData("-O2", "-static-pie")]
    [InlineData("-O2", "-no-pie", "-fcf-protection=full")]
    [InlineData("-O2", "-Wl,-z,lazy", "-fplt")]
    [InlineData("-Os", "-fno-plt")]
    public void C_code_of_every_kind(params string[] options) => Hold(rootShare: 0.99, Compile("cc", "busy.c", UnwindPrograms.C, [.. options, "-lm"]));

    [Fact]
    public void Cxx_code_that_throws_and_sorts()
    {
        Require.Tool("g++");

        // A stop is twenty moments in one place: two of 150 stops in the thrower's way, where libdw ends as well, are more than one in a hundred.
        Hold(rootShare: 0.98, Compile("g++", "throws.cc", UnwindPrograms.Cxx, ["-O2"]));
    }

    [Theory]
    [InlineData("own")]
    [InlineData("alternate")]
    public void Signal_handlers(string stack) => Hold(rootShare: stack == "own" ? 0.99 : 0, Compile("cc", "signals.c", UnwindPrograms.Signals, ["-O2"]), stack);

    [Fact]
    public void The_vdso() => Hold(rootShare: 0.99, Compile("cc", "clock.c", UnwindPrograms.Clock, ["-O2"]));

    /// <summary>musl itself comes without tables and without frame pointers: from inside of it nobody finds out,
    /// nor past its call of main.</summary>
    [Fact]
    public void Static_code_on_musl()
    {
        Require.Tool("musl-gcc");
        Hold(rootShare: 0, Compile("musl-gcc", "musl.c", UnwindPrograms.C, ["-O2", "-static", "-DOWN_CODE", "-w"]));
    }

    /// <summary>Without the signals by which its runtime preempts itself: their handlers have a stack of their own, and only one stack is copied. How many
    /// moments fall on the stack of the runtime itself, from which no table leads on, is its collector's affair: libdw stops there as well.</summary>
    [Fact]
    public void Go_code()
    {
        Require.Tool("go");
        var source = _folder.Write("busy.go", UnwindPrograms.Go);
        Symbols.SymbolPrograms.Run("/usr/bin/env", "GOCACHE=" + _folder["cache"], "GOFLAGS=-mod=mod", "HOME=" + _folder.FullName, "go", "build", "-o", _folder["busygo"], source);
        Hold(rootShare: 0.3, "/usr/bin/env", "GODEBUG=asyncpreemptoff=1", _folder["busygo"]);
    }

    [Theory]
    [InlineData("/usr/bin/python3", "-c", "import json\nwhile True: json.loads(json.dumps(list(range(99)))); sorted(range(999), key=lambda x: -x)")]
    [InlineData("/usr/bin/openssl", "speed", "-seconds", "60", "rsa2048")]
    [InlineData("/bin/sh", "-c", "exec gzip -9 < /dev/zero > /dev/null")]
    [InlineData("/usr/bin/sqlite3", ":memory:", "with recursive c(x) as (values(1) union all select x+1 from c) select count(*) from c where x % 7")]
    [InlineData("/usr/bin/node", "-e", "let s = 0; function f(n) { return n ? f(n - 1) + 1 : 0 } for (;;) { s += f(20); [3, 1, 2].sort((a, b) => a - b + (s & 1)); }")]
    public void Programs_of_the_distribution(params string[] program)
    {
        Require.File(program[0]);
        Hold(rootShare: 0.99, program);
    }

    private static void Hold(double rootShare, params string[] program)
    {
        var found = UnwindComparison.Run(stops: 150, steps: 20, program);
        TestContext.Current.TestOutputHelper?.WriteLine($"{string.Join(' ', program)}: {found}");
        Assert.True(found.Agreement >= 0.999, $"{found}\n{string.Join('\n', found.Differences)}");
        Assert.True(found.Longer <= 0.02 * found.Moments, found.ToString());
        Assert.True(found.AtRoot >= rootShare * found.Moments, $"{found}\n{string.Join('\n', found.Broken)}");
    }

    private string Compile(string compiler, string name, string source, string[] options)
    {
        var path = _folder.Write(name, source);
        var program = path + ".out";
        Symbols.SymbolPrograms.Run(compiler, ["-o", program, path, .. options]);
        return program;
    }
}
