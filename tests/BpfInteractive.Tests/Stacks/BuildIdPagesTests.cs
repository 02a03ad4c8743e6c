namespace BpfInteractive.Tests.Stacks;

/// <summary>What build-id stacks tell of a page, and when it holds.</summary>
public sealed class BuildIdPagesTests
{
    private static readonly BuildId s_one = BuildId.Parse("0102030405060708090a0b0c0d0e0f1011121314");
    private static readonly BuildId s_other = BuildId.Parse("ff02030405060708090a0b0c0d0e0f1011121314");

    [Fact]
    public void A_page_is_known_at_any_address_between_the_moments_at_which_it_was_seen()
    {
        var pages = new BuildIdPages();
        pages.Add(0x7000_1234, 100, s_one, 0x5234);
        pages.Add(0x7000_1abc, 200, s_one, 0x5abc);
        Assert.True(pages.TryFind(0x7000_1fff, 150, out var buildId, out var offset));
        Assert.Equal((s_one, 0x5fffUL), (buildId, offset));
        Assert.False(pages.TryFind(0x7000_1fff, 99, out _, out _));
        Assert.False(pages.TryFind(0x7000_1fff, 201, out _, out _));
        Assert.False(pages.TryFind(0x7000_2000, 150, out _, out _));
    }

    [Fact]
    public void A_moment_at_which_the_kernel_could_not_tell_parts_what_was_before_from_what_comes_after()
    {
        var pages = new BuildIdPages();
        pages.Add(0x1010, 100, s_one, 0x10);
        pages.Add(0x1020, 150, default, 0x1020);
        pages.Add(0x1010, 200, s_one, 0x10);
        Assert.True(pages.TryFind(0x1010, 100, out _, out _));
        Assert.False(pages.TryFind(0x1010, 150, out _, out _));
        Assert.False(pages.TryFind(0x1010, 120, out _, out _));
        Assert.True(pages.TryFind(0x1010, 200, out _, out _));
    }

    [Theory]
    [InlineData(false, 0x2010UL)]
    [InlineData(true, 0x10UL)]
    public void Another_place_or_another_file_ends_what_was_known_and_two_at_once_are_nothing(bool isOtherFile, ulong otherOffset)
    {
        var pages = new BuildIdPages();
        pages.Add(0x1010, 100, s_one, 0x10);
        pages.Add(0x1010, 200, isOtherFile ? s_other : s_one, otherOffset);
        Assert.True(pages.TryFind(0x1010, 200, out var buildId, out var offset));
        Assert.Equal((isOtherFile ? s_other : s_one, otherOffset), (buildId, offset));
        Assert.False(pages.TryFind(0x1010, 150, out _, out _));
        pages.Add(0x1010, 200, s_one, 0x10);
        Assert.False(pages.TryFind(0x1010, 200, out _, out _));
    }

    [Fact]
    public void A_page_without_a_build_id_takes_no_room()
    {
        var pages = new BuildIdPages();
        pages.Add(0x1010, 100, default, 0x1010);
        Assert.Empty(pages.Boundaries());
    }
}
