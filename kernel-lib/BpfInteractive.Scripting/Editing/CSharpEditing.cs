using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Completion;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.QuickInfo;
using Microsoft.CodeAnalysis.Tags;

namespace BpfInteractive.Scripting;

/// <summary>
/// Completion, signatures and findings for C# that is being typed. It works on a copy of the session (the texts of the cells that ran), so that it answers while a cell runs. Thread-safe.
/// </summary>
internal sealed class CSharpEditing : IDisposable
{
    private const int MostCandidates = 2000;

    private readonly Lazy<SubmissionProjects> _projects;
    private readonly List<(string Code, IReadOnlyList<MetadataReference> References)> _waiting = [];

    internal CSharpEditing(SubmissionCompiler compiler) => _projects = new(() => new SubmissionProjects(compiler.Options));

    /// <summary>Ends the language services, if they were ever used.</summary>
    public void Dispose()
    {
        if (_projects.IsValueCreated)
        {
            _projects.Value.Dispose();
        }
    }

    /// <summary>Makes code that ran part of what the next cell sees.</summary>
    internal void Accept(string code, IReadOnlyList<MetadataReference> references)
    {
        // Put by, so that a cell's end does not wait for the workspace.
        lock (_waiting)
        {
            _waiting.Add((code, references));
        }
    }

    /// <summary>Loads the language services by using them once.</summary>
    internal void WarmUp()
    {
        CompleteAsync("Console.", "Console.".Length, CancellationToken.None).GetAwaiter().GetResult();
        InspectAsync("Console.WriteLine", 3, CancellationToken.None).GetAwaiter().GetResult();
    }

    internal async Task<CompletionAnswer> CompleteAsync(string text, int position, CancellationToken cancellationToken)
    {
        position = Math.Clamp(position, 0, text.Length);
        var document = Document(text);
        var service = CompletionService.GetService(document)!;
        var list = await service.GetCompletionsAsync(document, position, cancellationToken: cancellationToken).ConfigureAwait(false);
        var start = WordStart(text, position);
        var prefix = text[start..position];
        var items = list.ItemsList
            .Where(item => item.FilterText.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            .OrderBy(item => item.FilterText.StartsWith(prefix, StringComparison.Ordinal) ? 0 : 1)
            .ThenBy(item => item.SortText, StringComparer.OrdinalIgnoreCase)
            .Select(item => new CompletionCandidate(Inserted(item), KindOf(item), item.InlineDescription))
            .DistinctBy(item => item.Text)
            .Take(MostCandidates)
            .ToList();
        return new CompletionAnswer(start, position, items);
    }

    internal async Task<MimeBundle?> InspectAsync(string text, int position, CancellationToken cancellationToken)
    {
        position = Math.Clamp(position, 0, text.Length);
        var document = Document(text);
        var service = QuickInfoService.GetService(document)!;

        // Front ends ask with the cursor behind the name, and behind an opening parenthesis.
        for (var at = position; at >= Math.Max(0, position - 2); at--)
        {
            if (await service.GetQuickInfoAsync(document, at, cancellationToken).ConfigureAwait(false) is { Sections.IsEmpty: false } info)
            {
                return MimeBundle.Plain(string.Join("\n\n", info.Sections.Select(section => section.Text).Where(section => section.Trim().Length > 0)));
            }
        }

        return null;
    }

    internal async Task<IReadOnlyList<ScriptDiagnostic>> DiagnoseAsync(string text, CancellationToken cancellationToken)
    {
        var model = await Document(text).GetSemanticModelAsync(cancellationToken).ConfigureAwait(false);
        return
        [
            .. model!.GetDiagnostics(cancellationToken: cancellationToken)
                .Where(finding => finding.Severity >= Microsoft.CodeAnalysis.DiagnosticSeverity.Warning && !finding.IsSuppressed)
                .Select(ScriptDiagnostic.From),
        ];
    }

    /// <summary>Whether a text wants more lines, is wrong however it goes on, or can be run.</summary>
    internal static CellCompleteness IsComplete(string text)
    {
        var tree = CSharpSyntaxTree.ParseText(text, SubmissionProjects.ParseOptions);
        if (!SyntaxFactory.IsCompleteSubmission(tree))
        {
            return new CellCompleteness("incomplete", new string(' ', 4 * OpenBraces(tree)));
        }

        return tree.GetDiagnostics().Any(finding => finding.Severity == Microsoft.CodeAnalysis.DiagnosticSeverity.Error)
            ? CellCompleteness.Invalid
            : CellCompleteness.Complete;
    }

    private static int OpenBraces(SyntaxTree tree)
    {
        var depth = 0;
        foreach (var token in tree.GetRoot().DescendantTokens().Where(token => !token.IsMissing))
        {
            depth += token.Kind() switch
            {
                SyntaxKind.OpenBraceToken => 1,
                SyntaxKind.CloseBraceToken => -1,
                _ => 0,
            };
        }

        return Math.Max(0, depth);
    }

    private Document Document(string text)
    {
        lock (_waiting)
        {
            foreach (var (code, references) in _waiting)
            {
                _projects.Value.Accept(code, references);
            }

            _waiting.Clear();
            return _projects.Value.Typed(text);
        }
    }

    private static int WordStart(string text, int position)
    {
        var start = position;
        while (start > 0 && (char.IsLetterOrDigit(text[start - 1]) || text[start - 1] is '_' or '@'))
        {
            start--;
        }

        return start;
    }

    private static string Inserted(CompletionItem item) => item.Properties.GetValueOrDefault("InsertionText") ?? item.DisplayText;

    private static string KindOf(CompletionItem item) => item.Tags.FirstOrDefault() switch
    {
        WellKnownTags.ExtensionMethod or WellKnownTags.Method => "method",
        WellKnownTags.Structure => "struct",
        WellKnownTags.Local or WellKnownTags.Parameter or WellKnownTags.RangeVariable => "variable",
        { } tag => tag.ToLowerInvariant(),
        null => "",
    };
}
