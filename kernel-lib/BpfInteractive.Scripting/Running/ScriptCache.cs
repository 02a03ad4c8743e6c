using System.Security.Cryptography;
using System.Text;

namespace BpfInteractive.Scripting;

/// <summary>
/// Compiled scripts by their path and by the tool's build. An entry counts while every file that went into it (the script, what it loads, what it references) is unchanged;
/// a script that ran before then starts without loading the compiler. Nothing here may fail a run: a cache that cannot be read or written is no cache.
/// </summary>
internal static class ScriptCache
{
    private const string Format = "bpfi-script 2";
    private const int KeptEntries = 100;

    internal static CompiledSubmission? TryRead(string scriptPath)
    {
        try
        {
            var entry = EntryPath(scriptPath);
            return File.Exists(entry + ".manifest") ? Read(entry) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
        {
            return null;
        }
    }

    internal static void TryWrite(string scriptPath, CompiledSubmission submission)
    {
        try
        {
            var entry = EntryPath(scriptPath);
            CacheDirectory.Create(Path.GetDirectoryName(entry)!);
            DropOldEntries(Path.GetDirectoryName(entry)!);
            File.Delete(entry + ".manifest");
            File.WriteAllBytes(entry + ".dll", submission.Assembly);
            File.WriteAllBytes(entry + ".pdb", submission.Symbols);
            File.WriteAllText(entry + ".new", ManifestOf(submission));

            // The manifest comes last and in one step: a reader sees a whole entry or none.
            File.Move(entry + ".new", entry + ".manifest", overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
        }
    }

    private static CompiledSubmission? Read(string entry)
    {
        var lines = File.ReadAllLines(entry + ".manifest");
        if (lines.Length < 4 || lines[0] != Format)
        {
            return null;
        }

        var assembly = File.ReadAllBytes(entry + ".dll");
        if (HashOf(assembly) != lines[3])
        {
            return null;
        }

        var fields = lines.Skip(4).Select(line => line.Split(' ', 2)).ToLookup(parts => parts[0], parts => parts[1]);
        var filesStand = fields["assembly"].Concat(fields["native"]).All(text => FileStamp.TryParse(text, out var stamp) && stamp.StillHolds());
        if (!filesStand || !fields["source"].All(SourceStands))
        {
            return null;
        }

        return new CompiledSubmission(
            assembly,
            File.ReadAllBytes(entry + ".pdb"),
            lines[1],
            lines[2],
            [.. fields["source"].Select(line => line.Split(' ', 2)[1])],
            new ScriptReferences([.. fields["assembly"].Select(PathOf)], [.. fields["native"].Select(PathOf)]),
            [.. fields["warning"].Select(text => text.Replace('\r', '\n'))]);
    }

    /// <summary>Scripts are compared by content: they are small, and editors and checkouts touch files without changing them.</summary>
    private static bool SourceStands(string line)
    {
        var parts = line.Split(' ', 2);
        return File.Exists(parts[1]) && HashOf(parts[1]) == parts[0];
    }

    private static string HashOf(string path) => HashOf(File.ReadAllBytes(path));

    private static string HashOf(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static string PathOf(string stamp) => FileStamp.TryParse(stamp, out var parsed) ? parsed.Path : stamp;

    private static string ManifestOf(CompiledSubmission submission)
    {
        IEnumerable<string> lines =
        [
            Format,
            submission.EntryType,
            submission.EntryMethod,
            HashOf(submission.Assembly),
            .. submission.SourceFiles.Select(path => $"source {HashOf(path)} {path}"),
            .. submission.References.Assemblies.Select(path => $"assembly {FileStamp.Of(path)}"),
            .. submission.References.NativeLibraries.Select(path => $"native {FileStamp.Of(path)}"),
            .. submission.Warnings.Select(text => $"warning {text.Replace('\n', '\r')}"),
        ];
        return string.Join('\n', lines) + "\n";
    }

    private static string EntryPath(string scriptPath)
    {
        var identity = $"{scriptPath}\n{RunningAssemblies.BuildIdentity()}";
        var key = HashOf(Encoding.UTF8.GetBytes(identity))[..32];
        return Path.Combine(CacheDirectory.Path, "scripts", key);
    }

    private static void DropOldEntries(string directory)
    {
        var manifests = new DirectoryInfo(directory).GetFiles("*.manifest");
        foreach (var old in manifests.OrderByDescending(file => file.LastWriteTimeUtc).Skip(KeptEntries))
        {
            File.Delete(old.FullName);
            File.Delete(Path.ChangeExtension(old.FullName, ".dll"));
            File.Delete(Path.ChangeExtension(old.FullName, ".pdb"));
        }
    }
}
