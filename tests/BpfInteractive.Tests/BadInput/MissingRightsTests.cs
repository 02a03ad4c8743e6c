using BpfInteractive.Tests.Objects;

namespace BpfInteractive.Tests.BadInput;

/// <summary>What an ordinary user without capabilities is told; run once more by scripts/test as such a user.</summary>
[AsUser]
public sealed class MissingRightsTests
{
    [Fact]
    public void Loading_names_the_capabilities_that_are_missing()
    {
        Require.OrdinaryUser();
        using var open = TestObjects.Open(TestObjects.Sample);
        var error = Assert.Throws<LoadException>(open.Load);
        Assert.Equal("load", error.Operation);
        Assert.Contains("CAP_BPF and CAP_PERFMON", error.Message, StringComparison.Ordinal);
        Assert.Contains("setpriv", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("ulimit", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Statistics_name_the_capability_that_is_missing()
    {
        Require.OrdinaryUser();
        var error = Assert.Throws<BpfException>(() => BpfStatistics.Enable());
        Assert.Contains("CAP_SYS_ADMIN", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_map_by_id_is_refused()
    {
        Require.OrdinaryUser();
        using var open = TestObjects.Open(TestObjects.Sample);
        var error = Assert.Throws<BpfException>(() => open.Maps["counts"].Reuse(1u));
        Assert.Equal(("open", "map id 1", 1), (error.Operation, error.Subject, error.Errno));
    }
}
