using System.Text;

namespace BpfInteractive;

/// <summary>
/// What a C source mentions, without preprocessing it: its identifiers, its includes, the tags it defines itself. Reads along into the user's own
/// headers. A superset is fine everywhere: a name in a disabled branch costs a type too many, no more.
/// </summary>
internal sealed class SourceScan
{
    private const int MaxFiles = 500;

    private readonly IReadOnlyList<string> _folders;

    private SourceScan(IReadOnlyList<string> folders) => _folders = folders;

    /// <summary>Every identifier in the text, of macros too.</summary>
    internal NameSet Identifiers { get; } = new();

    /// <summary>Tags the source defines (<c>struct x {</c>) and their keywords.</summary>
    internal Dictionary<string, string> DefinedTags { get; } = new(StringComparer.Ordinal);

    /// <summary>Typedefs the source makes.</summary>
    internal HashSet<string> DefinedTypedefs { get; } = new(StringComparer.Ordinal);

    /// <summary>All that the source names itself, so that the kernel's must step aside.</summary>
    internal IEnumerable<string> Taken => DefinedTags.Keys.Concat(DefinedTypedefs).Concat(DeclaredExterns);

    /// <summary>Functions the source declares extern.</summary>
    internal HashSet<string> DeclaredExterns { get; } = new(StringComparer.Ordinal);

    /// <summary>What is included and was not found among the user's headers: "linux/bpf.h", "vmlinux.h".</summary>
    internal HashSet<string> OtherIncludes { get; } = new(StringComparer.Ordinal);

    /// <summary>The user's headers that were read, with their bytes: they belong to the cache's key.</summary>
    internal Dictionary<string, byte[]> Headers { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether a license section is stated.</summary>
    internal bool StatesLicense { get; private set; }

    internal static SourceScan Of(ReadOnlySpan<byte> source, string? sourceFolder, IReadOnlyList<string> includeFolders)
    {
        var scan = new SourceScan(includeFolders);
        scan.Read(source, sourceFolder);
        return scan;
    }

    private void Read(ReadOnlySpan<byte> text, string? folder)
    {
        var lexer = new CLexer(text);
        var declaration = default(Declaration);
        while (lexer.MoveNext())
        {
            switch (lexer.Kind)
            {
                case CTokenKind.Include:
                    Include(Encoding.UTF8.GetString(lexer.Token), folder);
                    break;
                case CTokenKind.Text:
                    StatesLicense |= lexer.Token.SequenceEqual("license"u8);
                    break;
                case CTokenKind.Identifier:
                    Identifiers.Add(lexer.Token);
                    declaration.AddIdentifier(lexer.Token);
                    break;
                default:
                    AddMark(lexer.Token[0], ref declaration);
                    break;
            }
        }
    }

    private void AddMark(byte mark, ref Declaration declaration)
    {
        switch (mark)
        {
            case (byte)'{':
                if (!declaration.Tag.IsEmpty)
                {
                    DefinedTags.TryAdd(Encoding.UTF8.GetString(declaration.Tag), Encoding.UTF8.GetString(declaration.TagKeyword));
                }

                declaration.Depth++;
                declaration.IsExtern = false;
                break;
            case (byte)'}':
                declaration.Depth = Math.Max(0, declaration.Depth - 1);
                break;
            case (byte)'(' when declaration.IsExtern && !declaration.Last.IsEmpty:
                DeclaredExterns.Add(Encoding.UTF8.GetString(declaration.Last));
                break;
            case (byte)';' when declaration.Depth == 0:
                if (declaration.IsTypedef && !declaration.Last.IsEmpty)
                {
                    DefinedTypedefs.Add(Encoding.UTF8.GetString(declaration.Last));
                }

                declaration.IsTypedef = declaration.IsExtern = false;
                break;
        }

        declaration.Keyword = declaration.Tag = declaration.Last = default;
    }

    /// <summary>What is known of the declaration that is being read.</summary>
    private ref struct Declaration
    {
        internal int Depth;
        internal bool IsExtern;
        internal bool IsTypedef;

        /// <summary>The identifier just read.</summary>
        internal ReadOnlySpan<byte> Last;

        /// <summary>struct, union or enum, just read.</summary>
        internal ReadOnlySpan<byte> Keyword;

        /// <summary>The tag just read after a keyword.</summary>
        internal ReadOnlySpan<byte> Tag;

        internal ReadOnlySpan<byte> TagKeyword;

        internal void AddIdentifier(ReadOnlySpan<byte> token)
        {
            Tag = Keyword.IsEmpty ? default : token;
            TagKeyword = Keyword;
            Keyword = token.SequenceEqual("struct"u8) || token.SequenceEqual("union"u8) || token.SequenceEqual("enum"u8) ? token : default;
            IsExtern |= token.SequenceEqual("extern"u8);
            IsTypedef |= Depth == 0 && token.SequenceEqual("typedef"u8);
            Last = token;
        }
    }

    private void Include(string directive, string? folder)
    {
        var name = directive[1..^1];
        var isQuoted = directive[0] == '"';
        if (Path.GetFileName(name) != "vmlinux.h" && Resolve(name, isQuoted ? folder : null) is { } path)
        {
            if (Headers.Count < MaxFiles && !Headers.ContainsKey(path) && ReadFile(path) is { } bytes)
            {
                Headers.Add(path, bytes);
                Read(bytes, Path.GetDirectoryName(path));
            }
        }
        else
        {
            OtherIncludes.Add(name);
        }
    }

    /// <summary>A header that cannot be read (or has no end: /dev/zero) is clang's to complain about.</summary>
    private static byte[]? ReadFile(string path)
    {
        const int largest = 16 << 20;
        try
        {
            return new FileInfo(path).Length <= largest ? File.ReadAllBytes(path) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private string? Resolve(string name, string? first)
    {
        foreach (var folder in first is null ? _folders : [first, .. _folders])
        {
            var path = Path.GetFullPath(Path.Combine(folder, name));
            if (File.Exists(path) && (File.GetAttributes(path) & FileAttributes.Device) == 0)
            {
                return path;
            }
        }

        return null;
    }
}
