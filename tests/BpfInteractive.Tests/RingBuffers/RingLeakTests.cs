namespace BpfInteractive.Tests.RingBuffers;

[Collection(Alone.Name)]
public sealed class RingLeakTests
{
    [Fact]
    public async Task Nothing_is_left_of_a_ring_when_its_object_is_gone() => await Leaks.AssertNoneAsync(async () =>
    {
        using var producer = new Producer();
        producer.Send(0, 10);
        Assert.Equal(10, producer.Ring.Drain().RowCount);
        Assert.Equal(0, (await producer.Ring.CollectAsync(TimeSpan.FromMilliseconds(5))).RowCount);
    });
}
