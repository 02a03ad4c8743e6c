using System.Text.Encodings.Web;
using System.Text.Json;

namespace BpfInteractive.Charts;

/// <summary>
/// A live display on a notebook's page. Front ends put a new element in the place of an output that is updated, which flickers and loses what is under the pointer. So the
/// picture is shown once, and each update is a line of script in a second, empty output, that changes the picture's inside: the element stays the same, and of the updates a
/// saved notebook holds none. At the end the first output gets the last frame, as SVG and as PNG. Not as HTML: of that, pages that are not trusted show the texts without their
/// places, where without it they show the PNG.
/// </summary>
internal sealed class LivePage : ILiveScreen
{
    private const string PlainType = "text/plain";
    private static readonly JsonSerializerOptions s_short = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly LiveDisplay _display;
    private readonly LivePageSink _show;
    private readonly string _scripts;
    private string _shown;

    /// <summary>Shows the first frame.</summary>
    internal LivePage(LiveDisplay display, LiveFrame first, LivePageSink show)
    {
        (_display, _show, _scripts, _shown) = (display, show, display.Id + "-script", first.Svg);
        show(new Dictionary<string, string> { [PlainType] = first.Text, ["text/html"] = Markup(display.Id, first) + StopButton(display.Id) }, display.Id, isUpdate: false);
        show(Nothing, _scripts, isUpdate: false);
    }

    private static Dictionary<string, string> Nothing => new() { [PlainType] = "" };

    public void Update(LiveFrame frame)
    {
        if (frame.Svg != _shown)
        {
            _shown = frame.Svg;
            _show(new Dictionary<string, string> { ["application/javascript"] = ScriptOf(frame) }, _scripts, isUpdate: true);
        }
    }

    public void End(LiveFrame last)
    {
        _show(Nothing, _scripts, isUpdate: true);
        _show(Still(last), _display.Id, isUpdate: true);
    }

    /// <summary>A frame that stays.</summary>
    internal static IReadOnlyDictionary<string, string> Still(LiveFrame frame) => new Dictionary<string, string>
    {
        [PlainType] = frame.Text,
        ["image/svg+xml"] = frame.Svg,
        ["image/png"] = Convert.ToBase64String(frame.ToPng()),
    };

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
