namespace BpfInteractive.Tests.Tables;

public sealed class LossesTests
{
    [Fact]
    public void Zeros_are_left_out_and_equal_names_added_up()
    {
        var losses = Losses.Of(new Loss("a", "things", 1), new Loss("b", "others", 0), new Loss("a", "things", 2));
        Assert.Equal("lost: 3 things", losses.ToString());
        Assert.Equal(3, losses.Total);
        Assert.Equal(0, losses["b"]);
        Assert.Same(Losses.None, Losses.Of(new Loss("b", "others", 0)));
        Assert.True(Losses.None.IsEmpty);
        Assert.Equal("", Losses.None.ToString());
    }
}
