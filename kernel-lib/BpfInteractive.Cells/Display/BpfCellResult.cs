using System.Globalization;
using System.Net;
using System.Text;

namespace BpfInteractive.Cells;

/// <summary>What a BPF cell loaded, to be shown under it.</summary>
public sealed class BpfCellResult
{
    private readonly List<string[]> _rows = [];
    private readonly string _headline;
    private readonly string? _listing;
    private readonly string? _listingHtml;
    private readonly string _listingTitle;
    private readonly IReadOnlyList<string> _notes;

    internal BpfCellResult(string name, LoadedCell loaded, TimeSpan bindTime, bool isReplacement, bool isSwap, BpfCellOptions options, SourceListing source)
    {
        Name = name;
        IsReplacement = isReplacement;
        IsSameObject = isSwap;
        Total = loaded.CompileTime + loaded.LoadTime + loaded.AttachTime + bindTime;
        BindTime = bindTime;
        AddPrograms(loaded.Object);
        AddMaps(loaded.Object);
        _headline = Headline(loaded, options.Attach);
        _notes = [.. loaded.Warnings.Select(static warning => warning.ToString()), .. loaded.Notes];
        _listing = options.Show switch
        {
            BpfCellShow.Log => string.Join("\n\n", loaded.Object.Programs.Select(static program => $"{program}\n{program.VerifierLog?.TrimEnd()}")),
            BpfCellShow.Instructions => string.Join("\n\n", loaded.Object.Programs.Select(static program => $"{program}\n{InstructionListing.Of(program.VerifierLog ?? "")}")),
            BpfCellShow.Source => source.Text(loaded.Object.Programs),
            _ => null,
        };
        _listingHtml = options.Show == BpfCellShow.Source ? source.Html(loaded.Object.Programs) : _listing is null ? null : $"<pre>{Encode(_listing)}</pre>";
        _listingTitle = options.Show switch
        {
            BpfCellShow.Log => "what the verifier wrote",
            BpfCellShow.Source => "C, and the instructions that the verifier walked",
            _ => "instructions that the verifier walked, under their source lines",
        };
    }

    /// <summary>The variable.</summary>
    public string Name { get; }

    /// <summary>Whether an earlier run's programs went.</summary>
    public bool IsReplacement { get; }

    /// <summary>Whether the variable holds the same C# object as before, with the new programs inside.</summary>
    public bool IsSameObject { get; }

    /// <summary>From the text to the bound variable.</summary>
    public TimeSpan Total { get; }

    /// <summary>The part of it that made and declared the class.</summary>
    public TimeSpan BindTime { get; }

    /// <summary>Plain text, for consoles.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(_headline);
        var widths = Enumerable.Range(0, 3).Select(column => _rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in _rows)
        {
            text.Append("\n  ").Append(string.Join("  ", row.Select((cell, column) => column < 3 ? cell.PadRight(widths[column]) : cell)).TrimEnd());
        }

        foreach (var note in _notes)
        {
            text.Append('\n').Append(note);
        }

        return _listing is null ? text.ToString() : text.Append("\n\n").Append(_listingTitle).Append(":\n").Append(_listing).ToString();
    }

    /// <summary>An HTML fragment, for notebooks.</summary>
    public string ToHtml()
    {
        var html = new StringBuilder($"<div><b>{Encode(_headline)}</b><table><tbody>");
        foreach (var row in _rows)
        {
            html.Append("<tr>").AppendJoin("", row.Select(static cell => $"<td style=\"text-align:left\">{Encode(cell)}</td>")).Append("</tr>");
        }

        html.Append("</tbody></table>");
        foreach (var note in _notes)
        {
            html.Append($"<pre>{Encode(note)}</pre>");
        }

        if (_listingHtml is not null)
        {
            html.Append($"<details open><summary>{Encode(_listingTitle)}</summary>{_listingHtml}</details>");
        }

        return html.Append("</div>").ToString();
    }

    private static string Encode(string text) => WebUtility.HtmlEncode(text);

    private string Headline(LoadedCell loaded, bool attached)
    {
        static string Ms(TimeSpan time) => time.TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture);
        var what = IsReplacement ? "replaced" : "new";
        return $"{Name} ({what}): {(attached ? $"{loaded.Object.Links.Count} attached" : "loaded, not attached")} in {Ms(Total)} ms "
            + $"(compile {Ms(loaded.CompileTime)}, load {Ms(loaded.LoadTime)}, attach {Ms(loaded.AttachTime)}, class {Ms(BindTime)})";
    }

    private void AddPrograms(BpfObject loaded)
    {
        foreach (var program in loaded.Programs)
        {
            var targets = loaded.Links.Where(link => link.ProgramName == program.Name).Select(static link => link.Target).ToList();
            var size = program.IsLoaded ? string.Create(CultureInfo.InvariantCulture, $"{program.ReadInfo().InstructionCount} instructions") : "not loaded";
            _rows.Add(["program", program.Name, targets.Count > 0 ? $"on {string.Join(", ", targets)}" : $"{program.Section}, not attached", size]);
        }
    }

    private void AddMaps(BpfObject loaded)
    {
        foreach (var map in loaded.Maps.Where(static map => !map.IsInternal))
        {
            var types = map.KeyType is { } key && map.ValueType is { } value ? $"{key} to {value}" : "";
            var size = map.Type == BpfMapType.RingBuffer
                ? string.Create(CultureInfo.InvariantCulture, $"{map.MaxEntries:N0} bytes")
                : string.Create(CultureInfo.InvariantCulture, $"{map.MaxEntries:N0} entries");
            _rows.Add(["map", map.Name, $"{map.Type} {types}".TrimEnd(), size]);
        }
    }
}
