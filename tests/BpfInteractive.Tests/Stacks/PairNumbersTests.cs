namespace BpfInteractive.Tests.Stacks;

/// <summary>The numbers of distinct pairs, which stacks and locations are made of.</summary>
public sealed class PairNumbersTests
{
    [Fact]
    public void A_pair_keeps_its_number_and_its_parts_however_many_come()
    {
        var numbers = new PairNumbers();
        var random = new Random(1);
        var pairs = Enumerable.Range(0, 20_000).Select(at => (First: random.Next(-4, 300), Second: (ulong)random.NextInt64(64) << random.Next(0, 58))).ToList();
        var expected = new Dictionary<(int, ulong), int>();
        foreach (var pair in pairs)
        {
            var number = numbers.Add(pair.First, pair.Second, out var isNew);
            Assert.Equal(isNew, expected.TryAdd(pair, expected.Count));
            Assert.Equal(expected[pair], number);
        }

        Assert.Equal(expected.Count, numbers.Count);
        Assert.All(expected, pair => Assert.Equal(pair.Key, (numbers.FirstOf(pair.Value), numbers.SecondOf(pair.Value))));
    }
}
