using System.Text.Json;
using BpfInteractive.Scripting;

namespace BpfInteractive.Jupyter;

/// <summary>Completion, with the kind of each candidate for the front ends that show it.</summary>
internal sealed class CompleteHandler(SessionHost host) : IRequestHandler
{
    public string Type => "complete_request";

    public void Handle(Request request)
    {
        var code = request.Content.Text("code");
        var cursor = CodePoints.ToUtf16(code, request.Content.Number("cursor_pos") ?? int.MaxValue);
        var answer = host.Session.CompleteAsync(code, cursor).GetAwaiter().GetResult();
        var (start, end) = (CodePoints.FromUtf16(code, answer.Start), CodePoints.FromUtf16(code, answer.End));
        request.ReplyOk(json =>
        {
            json.WriteStartArray("matches");
            foreach (var item in answer.Items)
            {
                json.WriteStringValue(item.Text);
            }

            json.WriteEndArray();
            json.WriteNumber("cursor_start", start);
            json.WriteNumber("cursor_end", end);
            json.WriteStartObject("metadata");
            WriteTypes(json, answer.Items, start, end);
            json.WriteEndObject();
        });
    }

    private static void WriteTypes(Utf8JsonWriter json, IReadOnlyList<CompletionCandidate> items, int start, int end)
    {
        json.WriteStartArray("_jupyter_types_experimental");
        foreach (var item in items)
        {
            json.WriteStartObject();
            json.WriteNumber("start", start);
            json.WriteNumber("end", end);
            json.WriteString("text", item.Text);
            json.WriteString("type", item.Kind);
            json.WriteString("signature", item.Detail);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}

/// <summary>What stands at the cursor: a signature and its documentation.</summary>
internal sealed class InspectHandler(SessionHost host) : IRequestHandler
{
    public string Type => "inspect_request";

    public void Handle(Request request)
    {
        var code = request.Content.Text("code");
        var cursor = CodePoints.ToUtf16(code, request.Content.Number("cursor_pos") ?? int.MaxValue);
        var bundle = host.Session.InspectAsync(code, cursor).GetAwaiter().GetResult();
        request.ReplyOk(json =>
        {
            json.WriteBoolean("found", bundle is not null);
            json.WriteBundle(bundle ?? new MimeBundle(new Dictionary<string, string>()));
        });
    }
}

/// <summary>Whether a console should run what was typed, or ask for more lines.</summary>
internal sealed class IsCompleteHandler(SessionHost host) : IRequestHandler
{
    public string Type => "is_complete_request";

    public void Handle(Request request)
    {
        var completeness = host.Session.IsComplete(request.Content.Text("code"));
        request.Reply(json =>
        {
            json.WriteString("status", completeness.State);
            if (completeness.State == "incomplete")
            {
                json.WriteString("indent", completeness.Indent);
            }
        });
    }
}
