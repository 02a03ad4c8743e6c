using System.Reflection;
using System.Text.RegularExpressions;
using BpfInteractive.Tests.Infrastructure;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace BpfInteractive.Scripting.Tests;

/// <summary>The scripts of <c>scripts/</c> name the packages that they need: <c>bpfi run</c> has all libraries at hand, other hosts have those alone.</summary>
public sealed partial class ScriptPackagesTests
{
    private static readonly string s_folder = Path.Combine(Machine.RepositoryRoot, "scripts");

    /// <summary>Each library that is a package, with those that its package brings.</summary>
    private static readonly Dictionary<string, Assembly[]> s_packages = new(StringComparer.Ordinal)
    {
        ["BpfInteractive"] = [typeof(Bpf).Assembly],
        ["BpfInteractive.Analysis"] = [typeof(Bpf).Assembly, typeof(Analysis.DataFrames).Assembly],
        ["BpfInteractive.Charts"] = [typeof(Bpf).Assembly, typeof(Analysis.DataFrames).Assembly, typeof(Charts.NotebookForms).Assembly],
    };

    public static TheoryData<string> Scripts => [.. Directory.EnumerateFiles(s_folder, "*.csx").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Scripts))]
    public void A_script_compiles_with_the_packages_that_it_names(string script)
    {
        var text = File.ReadAllText(Path.Combine(s_folder, script + ".csx"));
        Assert.Empty(ErrorsOf(text, PackagesOf(text)));
        Assert.Empty(ErrorsOf(text, PackagesOf(File.ReadAllText(Path.Combine(s_folder, "file-based", script + ".cs")))));
    }

    private static IEnumerable<Assembly> PackagesOf(string text) => Package().Matches(text).SelectMany(match => s_packages[match.Groups[1].Value]).Distinct();

    /// <summary>As a program of one file.</summary>
    private static IEnumerable<string> ErrorsOf(string text, IEnumerable<Assembly> packages)
    {
        const string Usings = "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;";
        var options = CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Preview).WithPreprocessorSymbols("FILE_BASED");
        string[] sources = [text[(text.IndexOf('\n', StringComparison.Ordinal) + 1)..], File.ReadAllText(Path.Combine(s_folder, "file-based", "args.cs")), Usings];
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(':')
            .Where(path => !Path.GetFileName(path).StartsWith("BpfInteractive", StringComparison.Ordinal) && path.EndsWith(".dll", StringComparison.Ordinal))
            .Concat(packages.Select(package => package.Location));
        return CSharpCompilation.Create("script", sources.Select(source => CSharpSyntaxTree.ParseText(source, options)), references.Select(path => MetadataReference.CreateFromFile(path)), new CSharpCompilationOptions(OutputKind.ConsoleApplication))
            .GetDiagnostics().Where(finding => finding.Severity == Microsoft.CodeAnalysis.DiagnosticSeverity.Error).Select(finding => finding.ToString());
    }

    [GeneratedRegex(@"^#(?:r ""nuget: |:package )([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Package();
}
