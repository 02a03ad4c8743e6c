using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace BpfInteractive.Tests.Symbols;

public sealed partial class SystemCallsTests
{
    [Theory]
    [InlineData(Architecture.X64, 0, "read")]
    [InlineData(Architecture.X64, 257, "openat")]
    [InlineData(Architecture.X64, 334, "rseq")]
    [InlineData(Architecture.X64, 424, "pidfd_send_signal")]
    [InlineData(Architecture.X64, 462, "mseal")]
    [InlineData(Architecture.Arm64, 56, "openat")]
    [InlineData(Architecture.Arm64, 63, "read")]
    [InlineData(Architecture.Arm64, 260, "wait4")]
    [InlineData(Architecture.Arm64, 462, "mseal")]
    [InlineData(Architecture.X64, 400, "#400")]
    [InlineData(Architecture.X64, -1, "#-1")]
    [InlineData(Architecture.X64, 100_000, "#100000")]
    public void A_number_has_the_name_that_the_kernel_gives_it(Architecture architecture, long number, string name) =>
        Assert.Equal(name, SystemCalls.NameOf(number, architecture));

    [Fact]
    public void Another_machine_is_told_apart() =>
        Assert.Contains("S390x", Assert.Throws<NotSupportedException>(() => SystemCalls.NameOf(0, Architecture.S390x)).Message, StringComparison.Ordinal);

    [Fact]
    public void The_names_are_those_of_this_machines_headers()
    {
        const string Header = "/usr/include/x86_64-linux-gnu/asm/unistd_64.h";
        Assert.SkipUnless(File.Exists(Header), $"no {Header}");
        var numbers = NumberOf().Matches(File.ReadAllText(Header));
        Assert.True(numbers.Count > 300);
        Assert.All(numbers, match => Assert.Equal(match.Groups[1].Value, SystemCalls.NameOf(int.Parse(match.Groups[2].ValueSpan, System.Globalization.CultureInfo.InvariantCulture), Architecture.X64)));
    }

    [GeneratedRegex(@"^#define __NR_(\w+) (\d+)$", RegexOptions.Multiline)]
    private static partial Regex NumberOf();
}
