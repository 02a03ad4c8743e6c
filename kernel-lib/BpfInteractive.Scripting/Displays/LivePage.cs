using System.Text.Encodings.Web;
using System.Text.Json;
using BpfInteractive.Charts;

namespace BpfInteractive.Scripting;

/// <summary>
/// A live display on a notebook's page. Front ends put a new element in the place of an output that is updated, which flickers and loses what is under the pointer. So the
/// picture is shown once, and each update is a line of script in a second, empty output, that changes the picture's inside: the element stays the same, and of the updates a
/// saved notebook holds none. At the end the first output gets the last frame, as SVG and as PNG. Not as HTML: of that, pages that are not trusted show the texts without their
/// places, where without it they show the PNG.
/// </summary>
internal sealed class LivePage : ILiveScreen
{
    private static readonly JsonSerializerOptions s_short = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly CellContext _cell;
    private readonly LiveDisplay _display;
    private readonly string _scripts;
    private string _shown;

    internal LivePage(CellContext cell, LiveDisplay display, LiveFrame first)
    {
        (_cell, _display, _scripts, _shown) = (cell, display, display.Id + "-script", first.Svg);
        cell.Output.Display(MimeBundle.Html(Markup(display.Id, first) + StopButton(display.Id), first.Text), display.Id, isUpdate: false);
        cell.Output.Display(MimeBundle.Plain(""), _scripts, isUpdate: false);
    }

    /// <summary>Front ends may not listen any more to the cell that showed it, once another runs.</summary>
    private CellContext Listened => _display.IsBackground ? _cell.Listened : _cell;

    public void Update(LiveFrame frame)
    {
        if (frame.Svg != _shown)
        {
            _shown = frame.Svg;
            Listened.Output.Display(new MimeBundle(new Dictionary<string, string> { ["application/javascript"] = ScriptOf(frame) }), _scripts, isUpdate: true);
        }
    }

    public void End(LiveFrame last)
    {
        Listened.Output.Display(MimeBundle.Plain(""), _scripts, isUpdate: true);
        Listened.Output.Display(Still(last), _display.Id, isUpdate: true);
    }

    /// <summary>A frame that stays.</summary>
    internal static MimeBundle Still(LiveFrame frame) => new(new Dictionary<string, string>
    {
        [MimeBundle.PlainType] = frame.Text,
        ["image/svg+xml"] = frame.Svg,
        ["image/png"] = Convert.ToBase64String(frame.ToPng()),
    });

    private static string Markup(string id, LiveFrame frame) => $"<div id=\"{id}\" class=\"bpfi-live\">{frame.Svg}</div>";

    /// <summary>The page may have taken the picture away: windowed notebooks do.</summary>
    private string ScriptOf(LiveFrame frame) =>
        $"(function(d){{if(d)d.innerHTML={JsonSerializer.Serialize(frame.Svg, s_short)}}})(document.getElementById(\"{_display.Id}\"))";

    /// <summary>Only the classic Notebook lets a page's script speak with the kernel; elsewhere the interrupt of the notebook or <c>Stop()</c> ends it.</summary>
    private static string StopButton(string id) =>
        $$"""
        <script>(function(s){var n=window.Jupyter&&Jupyter.notebook;if(!n||!s)return;var b=document.createElement("button");b.textContent="\u25a0 stop";b.className="btn btn-default btn-xs";b.onclick=function(){n.kernel.comm_manager.new_comm("{{Live.StopTarget}}","{{id}}");b.disabled=true};s.parentNode.insertBefore(b,s.nextSibling)})(document.getElementById("{{id}}"))</script>
        """;
}
