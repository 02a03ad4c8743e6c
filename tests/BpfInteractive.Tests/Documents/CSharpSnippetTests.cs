using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.Scripting;

namespace BpfInteractive.Tests.Documents;

/// <summary>Every C# snippet of the pages compiles and, unless it says <c>norun</c>, runs to its end: docs that are not run rot.</summary>
[Collection(Alone.Name)]
[Slow]
public sealed class CSharpSnippetTests
{
    private static readonly ScriptOptions s_options = ScriptOptions.Default
        .WithReferences(References())
        .WithImports(
            "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Threading", "System.Threading.Tasks", "BpfInteractive")
        .WithLanguageVersion(Microsoft.CodeAnalysis.CSharp.LanguageVersion.Latest);

    public static TheoryData<string> Places => new(Pages.Snippets("csharp", "cs").Select(snippet => snippet.Place));

    [Theory]
    [MemberData(nameof(Places))]
    public void A_snippet_compiles(string place)
    {
        var errors = Script(place).Compile(TestContext.Current.CancellationToken).Where(finding => finding.Severity == Microsoft.CodeAnalysis.DiagnosticSeverity.Error).ToList();
        if (Pages.At(place).Words.Contains("fails"))
        {
            Assert.NotEmpty(errors);
        }
        else
        {
            Assert.True(errors.Count == 0, string.Join('\n', errors));
        }
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task A_snippet_runs(string place)
    {
        if (Pages.Chain(place).Any(snippet => snippet.Words.Contains("norun") || snippet.Words.Contains("fails")))
        {
            return; // said on the page; it is compiled above
        }

        Require.Root();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(3));
        var written = Console.Out;
        using var output = new StringWriter();
        Console.SetOut(output);
        try
        {
            await Script(place).RunAsync(cancellationToken: limit.Token).WaitAsync(limit.Token);
        }
        finally
        {
            Console.SetOut(written);
            TestContext.Current.TestOutputHelper?.WriteLine(output.ToString());
        }
    }

    // The snippets a snippet goes on from are its earlier submissions; each carries its own place into the compiler's messages.
    private static Script<object> Script(string place)
    {
        Script<object>? script = null;
        foreach (var snippet in Pages.Chain(place))
        {
            var code = $"#line {snippet.Line} \"{snippet.Page}\"\n{snippet.Text}";
            script = script?.ContinueWith(code) ?? CSharpScript.Create(code, s_options);
        }

        return script!;
    }

    private static IEnumerable<MetadataReference> References() =>
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(':')
            .Where(path => path.EndsWith(".dll", StringComparison.Ordinal) && !IsTest(path))
            .Select(path => MetadataReference.CreateFromFile(path));

    private static bool IsTest(string path) =>
        Path.GetFileName(path).StartsWith("xunit", StringComparison.Ordinal) || path == Assembly.GetExecutingAssembly().Location;
}
