using System.Text.RegularExpressions;

namespace BpfInteractive.Tests.Packages;

/// <summary>A program of this repository as machine code, published once for a class of tests into a folder of its own.</summary>
public abstract partial class NativeProgram(string project, string name, params string[] properties) : IAsyncLifetime
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(15);

    private readonly TemporaryFolder _folder = new();
    private string? _whyMissing;

    /// <summary>The program's file. Skips the test where the native compiler cannot be had.</summary>
    internal string File
    {
        get
        {
            if (_whyMissing is not null)
            {
                Require.Skip(_whyMissing);
            }

            return Path.Combine(_folder["program"], name);
        }
    }

    /// <summary>The folder above the program's.</summary>
    internal string Folder => _folder.FullName;

    public async ValueTask InitializeAsync()
    {
        string[] publish =
        [
            "publish", Path.Combine(Machine.RepositoryRoot, project), "-c", "Release", "-p:BpfiAot=true", .. properties,
            "-p:BpfiLibraryFrameworks=net10.0", "--artifacts-path", _folder["work"], "-o", _folder["program"], "-nodeReuse:false", "-tl:off", "--nologo",
        ];
        var environment = new Dictionary<string, string?> { ["MSBUILDDISABLENODEREUSE"] = "1", ["TMPDIR"] = _folder.FullName };
        var (status, output, errors) = await TestProcess.RunAsync(Machine.Dotnet, publish, environment: environment, limit: s_limit);
        var text = output + errors;
        if (NoPackage().Match(text) is { Success: true } missing)
        {
            _whyMissing = $"needs the package Microsoft.DotNet.ILCompiler: {missing.Value}";
            return;
        }

        Assert.True(status == 0, text);
        Assert.DoesNotMatch(@"\bwarning [A-Z]+\d+", text);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [GeneratedRegex("error NU(1100|1101|1102|1301): .*ILCompiler.*", RegexOptions.IgnoreCase)]
    private static partial Regex NoPackage();
}
