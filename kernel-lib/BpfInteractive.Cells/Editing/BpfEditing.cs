using System.Text;
using System.Text.RegularExpressions;

namespace BpfInteractive.Cells;

/// <summary>
/// Completion, hover and findings for the text of a BPF cell that is being typed, for this kernel and for what clang sees. Nothing is loaded. Thread-safe.
/// </summary>
public static partial class BpfEditing
{
    private const int MostItems = 300;

    /// <summary>So many letters narrow the kernel's names enough for a list.</summary>
    private const int LettersForKernelNames = 2;

    /// <summary>What could stand at a place.</summary>
    /// <param name="source">The cell's text, without the line of options.</param>
    /// <param name="position">In UTF-16 units.</param>
    /// <param name="cancellationToken">Stops clang.</param>
    /// <returns>Names and where the word begins that they replace. Without clang the kernel's names alone.</returns>
    public static async Task<BpfCompletion> CompleteAsync(string source, int position, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        var place = SourcePlace.At(source, position);
        if (place.Section is { } section)
        {
            return new BpfCompletion(place.Position - section.Length, [.. SectionTargets.Complete(section).Take(MostItems).Select(static target => new BpfCompletionItem(target, "section", ""))]);
        }

        if (place.IsQuiet)
        {
            return new BpfCompletion(place.Position, []);
        }

        var items = new Dictionary<string, (BpfCompletionItem Item, int Rank)>(StringComparer.Ordinal);
        foreach (var name in await FromClangAsync(source, place, cancellationToken).ConfigureAwait(false))
        {
            var isOwn = Regex.IsMatch(source, $@"\b{name.Name}\b") && !HelperCatalog.Helpers.ContainsKey(name.Name);
            items.TryAdd(name.Name, (ItemOf(name, place.IsMember), isOwn ? 0 : HelperCatalog.Helpers.ContainsKey(name.Name) ? 1 : 3));
        }

        if (!place.IsMember && (place.Word.Length >= LettersForKernelNames || place.Tag is not null))
        {
            foreach (var item in KernelNames.StartingWith(place.Word, place.Tag, MostItems))
            {
                // clang tells of a type no more than its name.
                if (!items.TryGetValue(item.Text, out var known) || known.Item.Kind == "keyword")
                {
                    items[item.Text] = (item, item.Kind == "kfunc" ? 1 : 2);
                }
            }
        }

        return new BpfCompletion(
            place.WordStart,
            [
                .. items.Values.Where(entry => entry.Item.Text.StartsWith(place.Word, StringComparison.OrdinalIgnoreCase))
                    .OrderBy(entry => entry.Item.Text.StartsWith(place.Word, StringComparison.Ordinal) ? 0 : 1)
                    .ThenBy(static entry => entry.Rank)
                    .ThenBy(static entry => entry.Item.Text, StringComparer.Ordinal)
                    .Take(MostItems)
                    .Select(static entry => entry.Item),
            ]);
    }

    /// <summary>What stands at a place: a helper or kfunc with its signature, kernel version and documentation; a kernel type with its members; a name of the cell with its type.</summary>
    /// <returns>Plain text; null when there is nothing to say.</returns>
    /// <inheritdoc cref="CompleteAsync"/>
    public static async Task<string?> HoverAsync(string source, int position, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        var place = SourcePlace.Around(source, position);
        if (place.Word.Length == 0 || place.IsQuiet)
        {
            return null;
        }

        if (!place.IsMember && (HelperCatalog.Helpers.TryGetValue(place.Word, out var helper) ? helper.ToString() : KernelNames.Describe(place.Word)) is { } known)
        {
            return known;
        }

        var names = await FromClangAsync(source, place, cancellationToken).ConfigureAwait(false);
        return names.FirstOrDefault(name => name.Name == place.Word) is { } own ? $"{own.Type} {own.Signature}".Trim() : null;
    }

    /// <summary>clang's findings, at the lines of the text.</summary>
    /// <param name="source">The cell's text.</param>
    /// <param name="name">What findings call it.</param>
    /// <param name="firstLine">The line of the cell on which the text begins, from 0.</param>
    /// <param name="cancellationToken">Stops clang.</param>
    /// <exception cref="UnsupportedFeatureException">clang, libbpf's headers or the kernel's BTF is missing; the message names the package.</exception>
    public static async Task<IReadOnlyList<SourceDiagnostic>> DiagnoseAsync(string source, string name, int firstLine = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        try
        {
            return (await BpfCompiler.CompileAsync(new string('\n', firstLine) + source, new CompilerOptions { Name = name }, cancellationToken).ConfigureAwait(false)).Diagnostics;
        }
        catch (CompilationException refused)
        {
            return refused.Diagnostics;
        }
    }

    private static BpfCompletionItem ItemOf(CompletedName name, bool isMember)
    {
        if (HelperCatalog.Helpers.TryGetValue(name.Name, out var helper))
        {
            return new BpfCompletionItem(name.Name, "helper", $"{helper.Signature} (since Linux {helper.Since})");
        }

        var kind = (isMember, name.Signature.Contains('(', StringComparison.Ordinal), name.Type.Length > 0) switch
        {
            (true, _, _) => "field",
            (_, true, false) => "macro",
            (_, true, true) => "function",
            (_, _, true) => "variable",
            _ => "keyword",
        };
        return new BpfCompletionItem(name.Name, kind, name.Signature == name.Name || name.Signature.Length == 0 ? name.Type : $"{name.Type} {name.Signature}".Trim());
    }

    private static async Task<IReadOnlyList<CompletedName>> FromClangAsync(string source, SourcePlace place, CancellationToken cancellationToken)
    {
        try
        {
            return await BpfCompiler.CompleteAtAsync(source, place.Line, place.ColumnBytes, BpfScope.TokenOr(cancellationToken)).ConfigureAwait(false);
        }
        catch (UnsupportedFeatureException)
        {
            return []; // The kernel's names alone; the cell, when it runs, says what is missing.
        }
    }

    /// <summary>A place in a text, as far as completion cares.</summary>
    /// <param name="Position">Where, in UTF-16 units.</param>
    /// <param name="WordStart">Where the word there begins.</param>
    /// <param name="Word">The word, to the place or whole.</param>
    /// <param name="Line">The line of the word, from 1.</param>
    /// <param name="ColumnBytes">Its column in bytes, from 1.</param>
    /// <param name="IsMember">Behind a dot or arrow.</param>
    /// <param name="Tag">"struct", "union" or "enum" before the word.</param>
    /// <param name="Section">What stands in SEC("... so far.</param>
    /// <param name="IsQuiet">In a comment or string.</param>
    private sealed record SourcePlace(int Position, int WordStart, string Word, int Line, int ColumnBytes, bool IsMember, string? Tag, string? Section, bool IsQuiet)
    {
        internal static SourcePlace At(string source, int position)
        {
            position = Math.Clamp(position, 0, source.Length);
            var start = position;
            while (start > 0 && IsLetter(source[start - 1]))
            {
                start--;
            }

            var lineStart = start == 0 ? 0 : source.LastIndexOf('\n', start - 1) + 1;
            var before = source[lineStart..start];
            var section = OpenSection().Match(source[lineStart..position]);
            return new SourcePlace(
                position,
                start,
                source[start..position],
                source.AsSpan(0, start).Count('\n') + 1,
                Encoding.UTF8.GetByteCount(before) + 1,
                MemberAccess().IsMatch(source[..start]),
                TagBefore().Match(before) is { Success: true } tag ? tag.Groups[1].Value : null,
                section.Success ? section.Groups[1].Value : null,
                IsInCommentOrString(source, start));
        }

        /// <summary>The whole word around a place, or the one that ends there.</summary>
        internal static SourcePlace Around(string source, int position)
        {
            position = Math.Clamp(position, 0, source.Length);
            if (position > 0 && (position == source.Length || !IsLetter(source[position])) && source[position - 1] == '(')
            {
                position--;
            }

            while (position < source.Length && IsLetter(source[position]))
            {
                position++;
            }

            return At(source, position);
        }

        private static bool IsLetter(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

        private static bool IsInCommentOrString(string source, int position) =>
            Quiet().Matches(source).Any(match => match.Index < position && position < match.Index + match.Length);
    }

    [GeneratedRegex("""SEC\(\s*"([^"]*)$""", RegexOptions.CultureInvariant)]
    private static partial Regex OpenSection();

    [GeneratedRegex(@"(?:->|[\w)\]]\s*\.)\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex MemberAccess();

    [GeneratedRegex(@"\b(struct|union|enum)\s+$", RegexOptions.CultureInvariant)]
    private static partial Regex TagBefore();

    [GeneratedRegex("""//[^\n]*\n?|/\*(?s:.*?)(?:\*/|\z)|"(?:\\.|[^"\\\n])*"?""", RegexOptions.CultureInvariant)]
    private static partial Regex Quiet();
}

/// <summary>What could stand at a place of a BPF cell.</summary>
/// <param name="Start">Where the word begins that an item replaces, in UTF-16 units; it ends at the place.</param>
/// <param name="Items">The candidates, best first.</param>
public sealed record BpfCompletion(int Start, IReadOnlyList<BpfCompletionItem> Items);

/// <summary>One candidate.</summary>
/// <param name="Text">What is inserted.</param>
/// <param name="Kind">"field", "variable", "function", "helper", "kfunc", "macro", "struct", "union", "enum", "typedef", "constant", "section", "keyword".</param>
/// <param name="Detail">A type or signature, with the kernel version where it is known; may be empty.</param>
public sealed record BpfCompletionItem(string Text, string Kind, string Detail);
