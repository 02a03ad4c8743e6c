using BpfInteractive.Tests.Infrastructure;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace BpfInteractive.Scripting.Tests;

public sealed class ReferenceTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_library_is_referenced_by_a_path_relative_to_the_script_and_brings_its_neighbour()
    {
        Compile("lib/neighbour.dll", "public static class Neighbour { public static string Name => \"neighbour\"; }");
        Compile("lib/library.dll", "public static class Library { public static string Name => Neighbour.Name; }", "lib/neighbour.dll");
        var (status, output, errors) = await _folder.RunAsync("#r \"lib/library.dll\"\nConsole.WriteLine(Library.Name);");
        Assert.Equal(("neighbour\n", "", 0), (output, errors, status));
    }

    [Fact]
    public async Task A_library_that_is_not_there_is_an_error_at_its_line()
    {
        var (status, _, errors) = await _folder.RunAsync("\n#r \"nowhere.dll\"\nConsole.WriteLine(1);");
        Assert.Equal(1, status);
        Assert.Contains("test.csx(2,1): error CS0006", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_process_runs_on_is_mapped_for_the_compiler_once_and_not_copied()
    {
        // One that nothing of this process has loaded.
        var path = RunningAssemblies.FindPath("Microsoft.VisualBasic.Core")!;
        var reference = MappedReferences.Of(path);
        Assert.Same(reference, MappedReferences.Of(path));
        var metadata = (AssemblyMetadata)reference.GetMetadata();
        Assert.Equal("Microsoft.VisualBasic.Core", metadata.GetModules()[0].GetMetadataReader().GetString(metadata.GetModules()[0].GetMetadataReader().GetAssemblyDefinition().Name));
        Assert.Single(File.ReadLines("/proc/self/maps"), line => line.EndsWith(path, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Our_own_assemblies_are_the_running_ones_whatever_the_path()
    {
        var (_, output, errors) = await _folder.RunAsync("#r \"../elsewhere/BpfInteractive.dll\"\nConsole.WriteLine(typeof(BpfScope).Assembly.Location);");
        Assert.Equal(Path.Combine(AppContext.BaseDirectory, "BpfInteractive.dll") + "\n", output);
        Assert.Equal("", errors);
    }

    [Fact]
    public async Task Our_own_packages_are_the_running_ones_and_a_note_says_so()
    {
        var (status, output, errors) = await _folder.RunAsync("#r \"nuget: BpfInteractive, 0.0.1\"\nConsole.WriteLine(BpfScope.Current.Owner);");
        Assert.Equal(("test.csx\n", 0), (output, status));
        Assert.StartsWith("#r \"nuget: BpfInteractive, 0.0.1\": using the running BpfInteractive", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Packages_come_from_the_sources_that_the_script_folders_nuget_config_names()
    {
        PackToFeed("Test.Greeting", "1.2.3", "public static class Greeting { public static string Text => \"hello from a package\"; }");
        var (status, output, errors) = await _folder.RunAsync("#r \"nuget: Test.Greeting, 1.2.3\"\nConsole.WriteLine(Greeting.Text);");
        Assert.Equal(("hello from a package\n", 0), (output, status));
        Assert.Equal("restoring Test.Greeting 1.2.3\n", errors);
        Assert.Equal("hello from a package\n", (await _folder.RunAsync("#r \"nuget: Test.Greeting, 1.2.3\"\nConsole.WriteLine(Greeting.Text + \"\");")).Output);
    }

    [Fact]
    public async Task A_package_that_nobody_has_is_an_error_at_its_line()
    {
        PackToFeed("Test.Other", "1.0.0", "public static class Other { }");
        foreach (var run in new[] { "first", "second" })
        {
            var (status, _, errors) = await _folder.RunAsync("#r \"nuget: No.Such.Package, 1.0.0\"\nConsole.WriteLine(1);\n");
            Assert.True(status == 1, run);
            Assert.Contains("NU1101: Unable to find package No.Such.Package", errors, StringComparison.Ordinal);
        }
    }

    [Fact, Slow]
    public async Task Native_libraries_of_packages_are_found()
    {
        var (status, output, errors) = await _folder.RunAsync("""
            #r "nuget: Microsoft.Data.Sqlite, 9.0.0"
            var connection = new Microsoft.Data.Sqlite.SqliteConnection("Data Source=:memory:");
            connection.Open();
            Console.WriteLine(connection.ServerVersion.Split('.')[0]);
            """);
        Assert.True(status == 0, errors);
        Assert.Equal("3\n", output);
    }

    private void Compile(string name, string code, params string[] references)
    {
        var path = _folder.Write(name, "");
        var compilation = CSharpCompilation.Create(
            Path.GetFileNameWithoutExtension(name),
            [CSharpSyntaxTree.ParseText(code)],
            [
                MetadataReference.CreateFromFile(typeof(object).Assembly.Location),
                .. references.Select(reference => MetadataReference.CreateFromFile(Path.Combine(_folder.FullName, reference))),
            ],
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        var result = compilation.Emit(path);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics));
    }

    /// <summary>A package is a zip: a nuspec and the assembly. It goes to a folder feed that the script's nuget.config names, with a cache of its own.</summary>
    private void PackToFeed(string id, string version, string code)
    {
        Compile("pack/lib/net8.0/" + id + ".dll", code);
        _folder.Write("pack/" + id + ".nuspec", $"""
            <package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd">
              <metadata><id>{id}</id><version>{version}</version><authors>test</authors><description>test</description></metadata>
            </package>
            """);
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "feed"));
        System.IO.Compression.ZipFile.CreateFromDirectory(Path.Combine(_folder.FullName, "pack"), Path.Combine(_folder.FullName, "feed", $"{id}.{version}.nupkg"));
        _folder.Write("nuget.config", """
            <configuration>
              <config><add key="globalPackagesFolder" value="packages" /></config>
              <packageSources><clear /><add key="feed" value="feed" /></packageSources>
            </configuration>
            """);
    }
}
