using BpfInteractive.Interop;

namespace BpfInteractive.Tests.Interop;

public sealed class ErrnoTests
{
    [Fact]
    public void The_kernels_own_ENOTSUPP_has_a_text() => Assert.Contains("not supported", Errno.Describe(524), StringComparison.Ordinal);

    [Fact]
    public void A_negative_errno_becomes_an_exception_that_names_it()
    {
        var error = Assert.Throws<BpfException>(() => Errno.ThrowIfNegative(-Errno.EPERM, "load", "program 'x'"));
        Assert.Equal(1, error.Errno);
        Assert.Equal("cannot load program 'x' (EPERM: Operation not permitted)", error.Message);
    }
}
