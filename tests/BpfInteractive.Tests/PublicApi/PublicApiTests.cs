using System.Reflection;
using System.Runtime.CompilerServices;
using System.Xml.Linq;
using PublicApiGenerator;

namespace BpfInteractive.Tests.PublicApi;

/// <summary>
/// The public API of each library stands beside this file as text, so that a change to it is seen in review. After a wanted change:
/// <c>BPFI_ACCEPT_API=1 scripts/test --filter PublicApi</c>, and commit the text.
/// </summary>
[Slow]
public sealed class PublicApiTests
{
    private const string HowToAccept = "If the change is wanted: BPFI_ACCEPT_API=1 scripts/test --filter PublicApi";

    private static readonly string s_libraries = Path.Combine(Machine.RepositoryRoot, "kernel-lib");

    /// <summary>Every project under kernel-lib that says it is a package of a library.</summary>
    public static TheoryData<string> Libraries => new(Directory.EnumerateFiles(s_libraries, "*.csproj", SearchOption.AllDirectories)
        .Where(IsPackage).Select(project => Path.GetFileNameWithoutExtension(project)).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Libraries))]
    public void The_public_api_is_the_accepted_one(string library)
    {
        var accepted = Path.Combine(Folder(), library + ".txt");
        var now = Assembly.Load(library).GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false }).ReplaceLineEndings("\n").TrimEnd() + "\n";
        if (Environment.GetEnvironmentVariable("BPFI_ACCEPT_API") == "1")
        {
            File.WriteAllText(accepted, now);
            return;
        }

        var before = File.Exists(accepted) ? File.ReadAllText(accepted) : "";
        Assert.True(before == now, $"the public API of {library} is not what PublicApi/{library}.txt says:\n{LineDifference.Between(before, now)}\n{HowToAccept}");
    }

    [Fact]
    public void No_accepted_file_is_without_its_library()
    {
        var accepted = Directory.EnumerateFiles(Folder(), "*.txt").Select(file => Path.GetFileNameWithoutExtension(file));
        Assert.All(accepted, name => Assert.True(File.Exists(Path.Combine(s_libraries, name, name + ".csproj")), name));
    }

    private static bool IsPackage(string project)
    {
        var properties = XDocument.Load(project).Descendants("PropertyGroup").Elements().ToLookup(element => element.Name.LocalName, element => element.Value);
        return properties["IsPackable"].Contains("true") && !properties["PackAsTool"].Contains("true") && !properties["IncludeBuildOutput"].Contains("false");
    }

    private static string Folder([CallerFilePath] string here = "") =>
        Path.Combine(Machine.RepositoryRoot, "tests", "BpfInteractive.Tests", Path.GetFileName(Path.GetDirectoryName(here)!));
}
