namespace BpfInteractive.Tests.Objects;

[Collection(Alone.Name)]
[Leaks]
public sealed class ObjectLeakTests
{
    [Theory]
    [InlineData(20)]
    public async Task Nothing_is_left_after_dispose(int rounds) => await Leaks.AssertNoneAsync(() => RoundsAsync(rounds));

    [Fact]
    [Slow]
    public async Task Nothing_is_left_after_a_thousand_rounds() => await Leaks.AssertNoneAsync(() => RoundsAsync(1000));

    [Fact]
    public async Task Nothing_is_left_after_refusals() => await Leaks.AssertNoneAsync(() =>
    {
        for (var i = 0; i < 20; i++)
        {
            using var refused = TestObjects.Open("SEC(\"raw_tp/sched_switch\") int p(__u64 *ctx) { return *(int *)ctx[2]; }");
            Assert.Throws<VerifierException>(refused.Load);
            using var unknown = TestObjects.Open("SEC(\"nonsense\") int p(void *ctx) { return 0; }");
            Assert.Throws<LoadException>(unknown.Load);
            Assert.Throws<ObjectFormatException>(() => OpenBpfObject.Open(new byte[100], "damaged"));
            TestObjects.Open(TestObjects.Sample).Dispose();
        }

        return Task.CompletedTask;
    });

    [Fact]
    public async Task Nothing_is_left_when_dispose_is_not_awaited() => await Leaks.AssertNoneAsync(() =>
    {
        for (var i = 0; i < 10; i++)
        {
            using var open = TestObjects.Open(TestObjects.Sample);
            using var obj = open.Load();
            obj.Programs["on_switch"].Attach();
        }

        return Task.CompletedTask;
    });

    private static async Task RoundsAsync(int rounds)
    {
        await Parallel.ForAsync(0, rounds, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (_, _) =>
        {
            using var open = TestObjects.Open(TestObjects.Sample);
            await using var obj = open.Load();
            obj.Programs["on_switch"].Attach();
            Assert.Equal(7u, obj.Globals["seed"].Value);
        });
    }
}
