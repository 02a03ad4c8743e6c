using System.Runtime;

namespace BpfInteractive.Tests.RingBuffers;

/// <summary>A decoder is compiled when it is made, not while the first records wait.</summary>
[Collection(Alone.Name)]
public sealed class WarmDecoderTests
{
    [Fact]
    public void The_first_drain_of_a_decoder_compiles_nothing()
    {
        using var producer = new Producer();
        producer.Send(1, 100);
        producer.Ring.Drain(producer.Ring.CreateDecoder()); // whatever every decoder shares
        producer.Send(1, 100);
        var decoder = producer.Ring.CreateDecoder();
        var before = JitInfo.GetCompiledMethodCount(currentThread: true);
        var count = producer.Ring.Drain(decoder);
        var compiled = JitInfo.GetCompiledMethodCount(currentThread: true) - before;
        Assert.Equal((100L, 0L), (count, compiled));
    }
}
