namespace BpfInteractive.Jupyter;

/// <summary>Answers what was run: the last cells, those of a session, those that fit a pattern.</summary>
internal sealed class HistoryHandler(SessionHistory history) : IRequestHandler
{
    public string Type => "history_request";

    public void Handle(Request request)
    {
        var entries = Find(request);
        var withOutput = request.Content.Flag("output");
        request.ReplyOk(json =>
        {
            json.WriteStartArray("history");
            foreach (var entry in entries)
            {
                json.WriteStartArray();
                json.WriteNumberValue(entry.Session);
                json.WriteNumberValue(entry.Line);
                if (withOutput)
                {
                    json.WriteStartArray();
                    json.WriteStringValue(entry.Input);
                    json.WriteStringValue(entry.Output);
                    json.WriteEndArray();
                }
                else
                {
                    json.WriteStringValue(entry.Input);
                }

                json.WriteEndArray();
            }

            json.WriteEndArray();
        });
    }

    private IReadOnlyList<HistoryEntry> Find(Request request)
    {
        var content = request.Content;
        return content.Text("hist_access_type", "tail") switch
        {
            "range" => history.Range(content.Number("session") ?? 0, content.Number("start") ?? 0, content.Number("stop")),
            "search" => history.Search(content.Text("pattern", "*"), content.Flag("unique"), content.Number("n")),
            _ => history.Tail(content.Number("n") ?? 100),
        };
    }
}
