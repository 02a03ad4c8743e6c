using System.IO.Compression;
using System.Text.Json;

namespace BpfInteractive.Tests.Packages;

/// <summary>The packages as <c>scripts/pack</c> makes them, used by projects that know nothing else: one source of packages, an empty cache, no network.</summary>
[Slow]
public sealed class PackageTests(PackageTests.Feed feed) : IClassFixture<PackageTests.Feed>, IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(15);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Each_says_what_it_is_and_carries_what_it_needs()
    {
        string[] names = ["BpfInteractive", "BpfInteractive.Analysis", "BpfInteractive.Charts", "BpfInteractive.Cells", "BpfInteractive.DotNetInteractive", "BpfInteractive.Tool"];
        foreach (var name in names)
        {
            using var package = ZipFile.OpenRead(feed.PathOf(name));
            var entries = package.Entries.Select(entry => entry.FullName).ToList();
            Assert.Contains("PACKAGE.md", entries);
            Assert.Contains("LICENSE", entries);
            Assert.Equal(name != "BpfInteractive.DotNetInteractive", File.Exists(Path.ChangeExtension(feed.PathOf(name), ".snupkg")));
            using var text = new StreamReader(package.GetEntry($"{name}.nuspec")!.Open());
            Assert.Contains("<license type=\"expression\">MIT</license>", text.ReadToEnd(), StringComparison.Ordinal);
        }

        using var extension = ZipFile.OpenRead(feed.PathOf("BpfInteractive.DotNetInteractive"));
        Assert.Contains(extension.Entries, entry => entry.FullName == "interactive-extensions/dotnet/extension.dib");
        Assert.DoesNotContain(extension.Entries, entry => entry.FullName.EndsWith(".dll", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("net10.0")]
    [InlineData("net8.0")]
    public async Task A_program_uses_them_from_an_empty_cache(string framework)
    {
        _folder.Write("app.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>{framework}</TargetFramework><ImplicitUsings>enable</ImplicitUsings><NuGetAudit>false</NuGetAudit><RollForward>Major</RollForward></PropertyGroup>
              <ItemGroup>
                <PackageReference Include="BpfInteractive" Version="{feed.Version}" />
                <PackageReference Include="BpfInteractive.Charts" Version="{feed.Version}" />
                <PackageReference Include="BpfInteractive.Cells" Version="{feed.Version}" />
              </ItemGroup>
            </Project>
            """);
        _folder.Write("Program.cs", """
            using BpfInteractive;
            using BpfInteractive.Analysis;
            using BpfInteractive.Charts;

            var vmas = Vmas.Self();
            var frame = vmas.Columns.ToDataFrame();
            new Page("maps").Chart(vmas.Columns.BarChart("path", top: 3)).Save("page.html");
            Console.WriteLine($"{frame.Rows.Count == vmas.Count} {File.ReadAllText("page.html").Contains("plotly")} {BpfInteractive.Cells.BpfNotebook.Options.Count > 3}");
            """);
        var (status, output, errors) = await RunAsync(Machine.Dotnet, "run", "--project", _folder["app.csproj"]);
        Assert.True(status == 0, output + errors);
        Assert.Equal("True True True", output.Trim().Split('\n')[^1]);
    }

    [Fact]
    public async Task The_tool_installs_and_runs()
    {
        var (status, output, errors) = await RunAsync(Machine.Dotnet, "tool", "install", "BpfInteractive.Tool", "--version", feed.Version, "--tool-path", _folder["tools"]);
        Assert.True(status == 0, output + errors);
        (status, output, errors) = await RunAsync(_folder["tools/bpfi"], "vmas", Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.True(status == 0, errors);
        Assert.Contains("[stack]", output, StringComparison.Ordinal);
        _folder.Write("hello.csx", "Console.WriteLine(6 * 7);");
        (status, output, errors) = await RunAsync(_folder["tools/bpfi"], "run", _folder["hello.csx"]);
        Assert.True(status == 0 && output == "42\n", output + errors);
    }

    [Theory]
    [InlineData("vmas", "--json")]
    [InlineData("syscount", "0.5", "--json")]
    [InlineData("runqlat", "0.5", "--json")]
    public async Task A_script_runs_as_a_program_of_one_file(string script, params string[] arguments)
    {
        Require.Root();
        var scripts = Path.Combine(Machine.RepositoryRoot, "scripts");
        foreach (var file in Directory.EnumerateFiles(Path.Combine(scripts, "file-based")).Append(Path.Combine(scripts, script + ".csx")))
        {
            _folder.Write(Path.GetRelativePath(scripts, file), await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        }

        _folder.Write("file-based/nuget.config", $"""<configuration><packageSources><clear /><add key="local" value="{feed.Folder}" /></packageSources></configuration>""");
        var (status, output, errors) = await RunAsync(Machine.Dotnet, ["run", _folder[$"file-based/{script}.cs"], "--", .. arguments]);
        Assert.True(status == 0, output + errors);
        using var json = JsonDocument.Parse(output);
        Assert.True(json.RootElement.GetProperty("rows").GetArrayLength() > 0, output);
    }

    private Task<(int Status, string Output, string Errors)> RunAsync(string program, params string[] arguments)
    {
        _folder.Write("nuget.config", $"""<configuration><packageSources><clear /><add key="local" value="{feed.Folder}" /></packageSources></configuration>""");
        _folder.Write("Directory.Build.props", "<Project />");
        var environment = new Dictionary<string, string?>
        {
            ["NUGET_PACKAGES"] = _folder["cache"],
            ["DOTNET_CLI_HOME"] = _folder["home"],
            ["XDG_CACHE_HOME"] = _folder["home"],
            ["MSBUILDDISABLENODEREUSE"] = "1",
        };
        return TestProcess.RunAsync(program, arguments, _folder.FullName, environment, s_limit);
    }

    public sealed class Feed : IAsyncLifetime
    {
        private readonly TemporaryFolder _folder = new();

        internal string Folder => _folder.FullName;

        internal string Version { get; private set; } = "";

        public async ValueTask InitializeAsync()
        {
            var (status, output, errors) = await TestProcess.RunAsync(Path.Combine(Machine.RepositoryRoot, "scripts", "pack"), ["--with-dependencies", "--output", Folder], limit: s_limit);
            Assert.True(status == 0, output + errors);
            Version = output.Trim().Split('\n')[^1];
        }

        public ValueTask DisposeAsync()
        {
            _folder.Dispose();
            return ValueTask.CompletedTask;
        }

        internal string PathOf(string name) => Path.Combine(Folder, $"{name}.{Version}.nupkg");
    }
}
