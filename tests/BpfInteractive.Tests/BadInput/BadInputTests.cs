namespace BpfInteractive.Tests.BadInput;

/// <summary>
/// One wrong input: what is done with it, the exception it must give, and what that must say. An empty operation or subject is not looked at
/// (wrong arguments have neither).
/// </summary>
public sealed record BadInputCase(string Name, Action Try, Type Exception, string Operation, string Subject, params string[] Words)
{
    public override string ToString() => Name;
}

/// <summary>Wrong input of every kind is refused with an exception that says what was tried, on what, and why it failed.</summary>
public sealed class BadInputTests
{
    private const int Fewest = 200;

    private static readonly Dictionary<string, BadInputCase> Cases = All().ToDictionary(item => item.Name, StringComparer.Ordinal);

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Wrong_input_is_refused_with_its_cause(string name)
    {
        Require.Root();
        var wrong = Cases[name];
        var error = Record.Exception(wrong.Try);

        Assert.True(error is not null, "nothing was thrown");
        Assert.True(wrong.Exception == error.GetType(), $"{error.GetType().Name} and not {wrong.Exception.Name}: {error.Message}");
        foreach (var word in wrong.Words)
        {
            Assert.Contains(word, error.Message, StringComparison.Ordinal);
        }

        if (error is BpfException refused)
        {
            Assert.Equal((wrong.Operation, wrong.Subject), (refused.Operation, wrong.Subject.Length == 0 ? "" : refused.Subject));
            Assert.DoesNotContain("ulimit", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_table_is_long_and_its_cases_differ()
    {
        Assert.True(Cases.Count >= Fewest, $"{Cases.Count} cases");
        Assert.Equal(Cases.Count, Cases.Values.Select(item => (item.Name, item.Words.Length)).Distinct().Count());
    }

    private static IEnumerable<BadInputCase> All() =>
    [
        .. DamagedObjects.Cases(),
        .. WrongMaps.Cases(),
        .. WrongValues.Cases(),
        .. RefusedPrograms.Cases(),
        .. WrongSources.Cases(),
        .. WrongTargets.Cases(),
    ];
}
