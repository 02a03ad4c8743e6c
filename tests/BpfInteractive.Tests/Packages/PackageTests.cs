using System.IO.Compression;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace BpfInteractive.Tests.Packages;

/// <summary>The packages as <c>scripts/pack</c> makes them, used by projects that know nothing else: one source of packages, an empty cache, no network.</summary>
[Slow]
public sealed partial class PackageTests(PackageTests.Feed feed) : IClassFixture<PackageTests.Feed>, IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(15);
    private static readonly string[] s_libraries = ["BpfInteractive", "BpfInteractive.Charts", "BpfInteractive.Cells"];
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
            Assert.All(package.Entries.Where(entry => entry.Name is "bpfi.dll" || entry.Name.StartsWith("BpfInteractive", StringComparison.Ordinal) && entry.Name.EndsWith(".dll", StringComparison.Ordinal)), AssertNamesNoFolder);
        }

        using var extension = ZipFile.OpenRead(feed.PathOf("BpfInteractive.DotNetInteractive"));
        Assert.Contains(extension.Entries, entry => entry.FullName == "interactive-extensions/dotnet/extension.dib");
        Assert.DoesNotContain(extension.Entries, entry => entry.FullName.EndsWith(".dll", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_program_uses_them_from_an_empty_cache()
    {
        WriteProgram("net10.0", s_libraries);
        var (status, output, errors) = await RunAsync(Machine.Dotnet, "run", "--project", _folder["app.csproj"]);
        Assert.True(status == 0, output + errors);
        AssertWorks(output, 10);
    }

    /// <summary>The host compiles its text, which <c>ExtensionTests</c> runs; here it comes from the cache, with all that the text uses.</summary>
    [Fact]
    public async Task The_extension_brings_the_libraries_along()
    {
        WriteProgram("net10.0", ["BpfInteractive.DotNetInteractive"]);
        var (status, output, errors) = await RunAsync(Machine.Dotnet, "run", "--project", _folder["app.csproj"]);
        Assert.True(status == 0, output + errors);
        AssertWorks(output, 10);
        var packed = Directory.EnumerateFiles(_folder["cache"], "extension.dib", SearchOption.AllDirectories).Single();
        Assert.EndsWith($"bpfinteractive.dotnetinteractive/{feed.Version}/interactive-extensions/dotnet/extension.dib", packed, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(File.ReadAllText(Path.Combine(Machine.RepositoryRoot, "kernel-lib", "BpfInteractive.DotNetInteractive", "extension.dib")), File.ReadAllText(packed));
    }

    /// <summary>With the runtime that is oldest of those that the libraries are made for, brought along as no machine need have it.</summary>
    [Fact]
    public async Task A_program_with_its_own_runtime_of_dotnet_8_uses_them()
    {
        WriteProgram("net8.0", s_libraries);
        string[] publish = ["publish", _folder["app.csproj"], "--runtime", System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier, "--self-contained", "--output", _folder["published"]];
        var (status, output, errors) = await RunFromAllSourcesAsync(Machine.Dotnet, publish);
        if (NoRuntime().Match(output + errors) is { Success: true } missing)
        {
            Require.Skip($"needs the package of the runtime of .NET 8: {missing.Value}");
        }

        Assert.True(status == 0, output + errors);
        (status, output, errors) = await RunAsync(_folder["published/app"]);
        Assert.True(status == 0, output + errors);
        AssertWorks(output, 8);
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
        Directory.CreateDirectory(_folder["file-based"]);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(scripts, "file-based")).Append(Path.Combine(scripts, script + ".csx")))
        {
            File.Copy(file, _folder[Path.GetRelativePath(scripts, file)]); // with its mode
        }

        _folder.Write("file-based/nuget.config", $"""<configuration><packageSources><clear /><add key="local" value="{feed.Folder}" /></packageSources></configuration>""");
        var (status, output, errors) = await RunAsync(_folder[$"file-based/{script}.cs"], arguments);
        Assert.True(status == 0, output + errors);
        using var json = JsonDocument.Parse(output);
        Assert.True(json.RootElement.GetProperty("rows").GetArrayLength() > 0, output);
    }

    /// <summary>Built in another folder it would be other bytes, if it named this one.</summary>
    private static void AssertNamesNoFolder(ZipArchiveEntry library)
    {
        using var stream = library.Open();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        Assert.True(bytes.GetBuffer().AsSpan(0, (int)bytes.Length).IndexOf(System.Text.Encoding.UTF8.GetBytes(Machine.RepositoryRoot + "/")) < 0, $"{library.FullName} names {Machine.RepositoryRoot}");
    }

    /// <summary>A program of all the libraries, in the folder: the last line of its output is for <see cref="AssertWorks"/>.</summary>
    private void WriteProgram(string framework, IEnumerable<string> packages)
    {
        _folder.Write("app.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>{framework}</TargetFramework><ImplicitUsings>enable</ImplicitUsings><NuGetAudit>false</NuGetAudit></PropertyGroup>
              <ItemGroup>
                {string.Concat(packages.Select(name => $"<PackageReference Include=\"{name}\" Version=\"{feed.Version}\" />"))}
              </ItemGroup>
            </Project>
            """);
        _folder.Write("Program.cs", """
            using BpfInteractive;
            using BpfInteractive.Analysis;
            using BpfInteractive.Cells;
            using BpfInteractive.Charts;

            var vmas = Vmas.Self();
            var frame = vmas.Columns.ToDataFrame();
            await using (var file = File.Create("maps.parquet"))
                await vmas.Columns.WriteParquetAsync(file);
            new Page("maps").Chart(vmas.Columns.BarChart("path", top: 3)).Save("page.html");
            var (findings, text) = (0, "");
            if (Environment.IsPrivilegedProcess)
            {
                const string Cell = "u64 seen;\nSEC(\"tracepoint/syscalls/sys_enter_getpgid\")\nint on_call(void *ctx)\n{\n    seen++;\n    return 0;\n}\n";
                findings = (await BpfNotebook.DiagnoseAsync(Cell.Replace("seen++", "unseen++"))).Count;
                await using var notebook = new BpfNotebook(code => Task.FromException(new NotSupportedException(code)));
                try
                {
                    await notebook.RunAsync([new("--name", "calls")], Cell, 0, (_, _) => { });
                }
                catch (Exception error) // nobody compiles the class here, but it has been made of what was loaded
                {
                    text = error.ToString();
                }
            }

            Console.WriteLine($"{frame.Rows.Count == vmas.Count} {File.ReadAllText("page.html").Contains("plotly")} {new FileInfo("maps.parquet").Length > 1000} {findings} {text.Contains("class CallsCell")} on {Environment.Version.Major}");
            """);
    }

    private static void AssertWorks(string output, int runtime) =>
        Assert.Equal($"True True True {(Environment.IsPrivilegedProcess ? "1 True" : "0 False")} on {runtime}", output.Trim().Split('\n')[^1]);

    private Task<(int Status, string Output, string Errors)> RunAsync(string program, params string[] arguments)
    {
        _folder.Write("nuget.config", $"""<configuration><packageSources><clear /><add key="local" value="{feed.Folder}" /></packageSources></configuration>""");
        return RunInFolderAsync(program, arguments);
    }

    private Task<(int Status, string Output, string Errors)> RunFromAllSourcesAsync(string program, params string[] arguments)
    {
        _folder.Write("nuget.config", $"""<configuration><packageSources><add key="local" value="{feed.Folder}" /></packageSources></configuration>""");
        return RunInFolderAsync(program, arguments);
    }

    private Task<(int Status, string Output, string Errors)> RunInFolderAsync(string program, string[] arguments)
    {
        _folder.Write("Directory.Build.props", "<Project />");
        var environment = new Dictionary<string, string?>
        {
            ["NUGET_PACKAGES"] = _folder["cache"],
            ["DOTNET_CLI_HOME"] = _folder["home"],
            ["XDG_CACHE_HOME"] = _folder["home"],
            ["MSBUILDDISABLENODEREUSE"] = "1",
            ["PATH"] = $"{Path.GetDirectoryName(Machine.Dotnet)}:{Environment.GetEnvironmentVariable("PATH")}",
        };
        return TestProcess.RunAsync(program, arguments, _folder.FullName, environment, s_limit);
    }

    [GeneratedRegex(@"error NU(1100|1101|1102|1301): .*Microsoft\.(NETCore|AspNetCore)\.App.*")]
    private static partial Regex NoRuntime();

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
