namespace BpfInteractive.Tests.Documents;

/// <summary>Every C snippet of the pages is a BPF program that compiles and, unless it says <c>norun</c>, loads into this kernel.</summary>
[Slow]
public sealed class BpfSnippetTests
{
    public static TheoryData<string> Places => new(Pages.Snippets("c").Select(snippet => snippet.Place).DefaultIfEmpty(""));

    [Theory]
    [MemberData(nameof(Places))]
    public async Task A_snippet_compiles_and_loads(string place)
    {
        if (place.Length == 0)
        {
            return; // no page has one
        }

        Require.Feature("clang");
        var text = string.Concat(Pages.Chain(place).Select(snippet => $"#line {snippet.Line} \"{snippet.Page}\"\n{snippet.Text}"));
        if (Pages.At(place).Words.Contains("fails"))
        {
            await Assert.ThrowsAsync<CompilationException>(() => BpfCompiler.CompileAsync(text, cancellationToken: TestContext.Current.CancellationToken));
            return;
        }

        var compiled = await BpfCompiler.CompileAsync(text, cancellationToken: TestContext.Current.CancellationToken);
        if (!Pages.At(place).Words.Contains("norun"))
        {
            Require.Root();
            await using var loaded = await OpenBpfObject.Open(compiled.Object, place).LoadAsync(TestContext.Current.CancellationToken);
            Assert.NotEmpty(loaded.Programs);
        }
    }
}
