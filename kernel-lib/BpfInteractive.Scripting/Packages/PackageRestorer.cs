using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security;
using System.Security.Cryptography;
using System.Text;

namespace BpfInteractive.Scripting;

/// <summary>Packages that could not be had; the message is NuGet's.</summary>
internal sealed class PackageRestoreException(string message) : Exception(message);

/// <summary>
/// Restores packages as a project would: <c>dotnet restore</c> of a generated project, so that sources, credentials and version rules are those the user has
/// configured (nuget.config beside the script counts). What was restored once is read back without asking anybody, except for floating versions.
/// </summary>
internal sealed class PackageRestorer(string baseDirectory, Action<string> report)
{
    private readonly List<string> _sources = [];

    /// <summary>Asks a source beside those that the user has configured: a folder or an address.</summary>
    internal void AddSource(string source)
    {
        var place = source.Contains("://", StringComparison.Ordinal) ? source : Path.GetFullPath(source, baseDirectory);
        if (!_sources.Contains(place))
        {
            _sources.Add(place);
        }
    }

    internal async Task<PackageSet> RestoreAsync(IReadOnlyList<PackageDirective> packages, CancellationToken cancellationToken)
    {
        var foreign = packages.Where(IsForeign).ToList();
        if (foreign.Count == 0)
        {
            return PackageSet.Empty;
        }

        var project = ProjectText(foreign);
        var directory = Path.Combine(CacheDirectory.Path, "packages", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(project)))[..24]);
        var assets = Path.Combine(directory, "obj", "project.assets.json");
        if (!foreign.Exists(package => package.Floats) && TryReadAssets(assets) is { } known)
        {
            return known;
        }

        CacheDirectory.Create(directory);
        await File.WriteAllTextAsync(Path.Combine(directory, "packages.csproj"), project, cancellationToken).ConfigureAwait(false);
        report($"restoring {string.Join(", ", foreign.Select(package => package.Floats ? package.Name : $"{package.Name} {package.Version}"))}");
        await RunRestoreAsync(directory, cancellationToken).ConfigureAwait(false);
        return TryReadAssets(assets) ?? throw new PackageRestoreException($"the restore left no usable {assets}");
    }

    /// <summary>False for what this process already is, with a note where another version was asked for: two copies of a type would be two types.</summary>
    private bool IsForeign(PackageDirective package)
    {
        if (!RunningAssemblies.IsOurs(package.Name) && !RunningAssemblies.IsBpfInteractive(package.Name))
        {
            return true;
        }

        var path = RunningAssemblies.FindPath(package.Name);
        var version = path is null ? null : FileVersionInfo.GetVersionInfo(path).ProductVersion?.Split('+')[0];
        if (version is null || !package.IsSatisfiedBy(version))
        {
            report($"#r \"nuget: {package.Name}, {package.Version}\": using the running {package.Name} {version}".TrimEnd());
        }

        return false;
    }

    /// <summary>Null when the files named by an earlier restore are not all there any more.</summary>
    private static PackageSet? TryReadAssets(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        var set = PackageSet.FromAssets(File.ReadAllBytes(path));
        return set is not null && set.CompileFiles.Concat(set.RuntimeFiles).Concat(set.NativeFiles).All(File.Exists) ? set : null;
    }

    private string ProjectText(IReadOnlyList<PackageDirective> packages)
    {
        var items = packages.Select(package => $"    <PackageReference Include=\"{SecurityElement.Escape(package.Name)}\" Version=\"{SecurityElement.Escape(package.Version)}\" />");
        return $"""
            <Project>
              <PropertyGroup>
                <ImportDirectoryBuildProps>false</ImportDirectoryBuildProps>
                <ImportDirectoryBuildTargets>false</ImportDirectoryBuildTargets>
                <ImportDirectoryPackagesProps>false</ImportDirectoryPackagesProps>
                <RestoreRootConfigDirectory>{SecurityElement.Escape(baseDirectory)}</RestoreRootConfigDirectory>
              </PropertyGroup>
              <Import Project="Sdk.props" Sdk="Microsoft.NET.Sdk" />
              <PropertyGroup>
                <TargetFramework>net{Environment.Version.Major}.0</TargetFramework>
                <RuntimeIdentifier>{RuntimeInformation.RuntimeIdentifier}</RuntimeIdentifier>
                <SelfContained>false</SelfContained>
                <UseAppHost>false</UseAppHost>
                <DisableImplicitFrameworkReferences>true</DisableImplicitFrameworkReferences>
                <NuGetAudit>false</NuGetAudit>
                <RestoreAdditionalProjectSources>{SecurityElement.Escape(string.Join(';', _sources))}</RestoreAdditionalProjectSources>
              </PropertyGroup>
              <ItemGroup>
            {string.Join('\n', items)}
              </ItemGroup>
              <Import Project="Sdk.targets" Sdk="Microsoft.NET.Sdk" />
            </Project>

            """;
    }

    private static async Task RunRestoreAsync(string directory, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(DotnetPath(), ["restore", "packages.csproj", "--verbosity", "quiet", "-nologo", "-tl:off", "-p:NoWarn=NU1603"])
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        using var process = Start(start);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        try
        {
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        if (process.ExitCode != 0)
        {
            throw new PackageRestoreException(NuGetMessage(await output.ConfigureAwait(false) + await errors.ConfigureAwait(false)));
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            throw new PackageRestoreException("packages are restored by the .NET SDK, and no 'dotnet' was found; install the SDK or reference the assembly by its path");
        }
    }

    /// <summary>The dotnet that runs this process, if one does, or the one on the path.</summary>
    private static string DotnetPath() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";

    /// <summary>"error NU1101: Unable to find package X..." out of a restore's output.</summary>
    private static string NuGetMessage(string output)
    {
        var messages = output.Split('\n')
            .Select(line => (Line: line, At: line.IndexOf("error NU", StringComparison.Ordinal)))
            .Where(entry => entry.At >= 0)
            .Select(entry => entry.Line[(entry.At + "error ".Length)..].Trim())
            .Select(message => message.IndexOf(" [/", StringComparison.Ordinal) is var end and > 0 ? message[..end] : message)
            .Distinct()
            .ToList();
        return messages.Count > 0 ? string.Join("; ", messages) : output.Trim();
    }
}
