using System.Globalization;
using System.Text;

namespace BpfInteractive.Cli.Output;

/// <summary>
/// doctor's report for people: a block for each category, a line for each feature; features that are missing for the same reason share one
/// entry, so that a missing right is told once.
/// </summary>
internal static class DoctorText
{
    private const int Mark = 6;
    private const int LongestName = 22;

    internal static string Format(IReadOnlyList<FeatureState> states, bool onlyMissing, int width, bool color)
    {
        var page = new Page(width, color);
        foreach (var category in states.Where(state => !onlyMissing || !state.Available).GroupBy(state => state.Category))
        {
            page.Title(category.Key.ToString());
            var column = Mark + 1 + Math.Min(LongestName, category.Max(state => state.Name.Length)) + 2;
            AddAvailable(page, [.. category.Where(state => state.Available)], column);

            foreach (var cause in category.Where(state => !state.Available).GroupBy(state => (state.Reason, state.Remedy, state.Optional)))
            {
                AddMissing(page, [.. cause], column);
            }
        }

        page.Line(Summary(states));
        return page.ToString();
    }

    private static void AddAvailable(Page page, FeatureState[] states, int column)
    {
        if (states is [{ Category: FeatureCategory.Maps }, _, ..])
        {
            page.Paragraph("yes", Page.Good, Mark + 1, string.Join(", ", states.Select(state => state.Name)));
            return;
        }

        foreach (var state in states)
        {
            page.Entry("yes", Page.Good, state.Name, column, [state.Value is null ? state.Purpose : $"{state.Value}; {state.Purpose}"]);
        }
    }

    private static void AddMissing(Page page, FeatureState[] states, int column)
    {
        var first = states[0];
        var style = first.Optional ? Page.Weak : Page.Bad;
        if (states.Length == 1)
        {
            page.Entry("no", style, first.Name, column, Explanation(page, first, first.Purpose));
            return;
        }

        page.Paragraph("no", style, Mark + 1, string.Join(", ", states.Select(state => state.Name)));
        page.Text(column, Explanation(page, first, purpose: null));
    }

    private static IEnumerable<string> Explanation(Page page, FeatureState state, string? purpose)
    {
        if (purpose is not null)
        {
            yield return purpose;
        }

        yield return state.Since is null || purpose is null ? $"why: {state.Reason}" : $"why: {state.Reason} (since {state.Since})";
        if (state.Remedy is not null)
        {
            yield return page.IsNew(state.Remedy) ? $"do: {state.Remedy}" : "do: as above";
        }
    }

    private static string Summary(IReadOnlyList<FeatureState> states)
    {
        var available = states.Count(state => state.Available);
        var optional = states.Count(state => !state.Available && state.Optional);
        return string.Create(CultureInfo.InvariantCulture,
            $"{available} yes, {states.Count - available} no ({optional} of them optional). --json tells the same to programs.");
    }

    /// <summary>Lines of a given width, with colours or without.</summary>
    private sealed class Page(int width, bool color)
    {
        internal const string Good = "\e[32m";
        internal const string Bad = "\e[31m";
        internal const string Weak = "\e[33m";
        private const int Short = 40;
        private const string Bold = "\e[1m";
        private const string Reset = "\e[0m";

        private readonly StringBuilder _text = new();
        private readonly HashSet<string> _told = [];

        /// <summary>Whether a long text is told for the first time.</summary>
        internal bool IsNew(string text) => text.Length < Short || _told.Add(text);

        internal void Title(string title) => _text.Append(Styled(title, Bold)).Append('\n');

        internal void Line(string line) => _text.Append(line).Append('\n');

        internal void Entry(string mark, string style, string name, int column, IEnumerable<string> lines)
        {
            _text.Append(Styled($"  {mark,-3}  ", style)).Append(name);
            if (Mark + 1 + name.Length + 1 > column)
            {
                _text.Append('\n').Append(' ', column);
            }
            else
            {
                _text.Append(' ', column - Mark - 1 - name.Length);
            }

            var first = true;
            foreach (var line in lines.SelectMany(line => Wrap(line, width - column)))
            {
                _text.Append(' ', first ? 0 : column).Append(line).Append('\n');
                first = false;
            }
        }

        internal void Paragraph(string mark, string style, int column, string text)
        {
            _text.Append(Styled($"  {mark,-3}  ", style));
            var first = true;
            foreach (var line in Wrap(text, width - column))
            {
                _text.Append(' ', first ? 0 : column).Append(line).Append('\n');
                first = false;
            }
        }

        internal void Text(int column, IEnumerable<string> lines)
        {
            foreach (var line in lines.SelectMany(line => Wrap(line, width - column)))
            {
                _text.Append(' ', column).Append(line).Append('\n');
            }
        }

        public override string ToString() => _text.ToString();

        private string Styled(string text, string style) => color ? style + text + Reset : text;

        /// <summary>Breaks at spaces; a word longer than the width stands alone.</summary>
        private static IEnumerable<string> Wrap(string text, int width)
        {
            var line = new StringBuilder();
            foreach (var word in text.Split(' '))
            {
                if (line.Length > 0 && line.Length + 1 + word.Length > width)
                {
                    yield return line.ToString();
                    line.Clear();
                }

                line.Append(line.Length > 0 ? " " : "").Append(word);
            }

            yield return line.ToString();
        }
    }
}
