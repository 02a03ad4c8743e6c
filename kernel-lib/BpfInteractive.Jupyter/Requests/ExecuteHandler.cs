using System.Globalization;
using System.Text.Json;
using BpfInteractive.Scripting;

namespace BpfInteractive.Jupyter;

/// <summary>Runs cells. After one that failed, those that wait behind it are answered as aborted and do not run.</summary>
internal sealed class ExecuteHandler(SessionHost host, KernelChannels channels, SessionHistory history) : IRequestHandler
{
    private readonly PlotlyPage _plotly = new();
    private volatile Request? _running;
    private int _count;
    private long _abortsUpTo;

    public string Type => "execute_request";

    /// <summary>The request whose cell runs now.</summary>
    internal Request? Running => _running;

    public void Handle(Request request)
    {
        var execute = ExecuteRequest.Parse(request.Content);
        if (request.Number <= _abortsUpTo)
        {
            ReplyAborted(request);
            return;
        }

        _count += execute.StoresHistory ? 1 : 0;
        _running = request;
        try
        {
            Run(request, execute);
        }
        finally
        {
            _running = null;
        }
    }

    private void Run(Request request, ExecuteRequest execute)
    {
        if (!execute.IsSilent)
        {
            request.Publish("execute_input", json =>
            {
                json.WriteString("code", execute.Code);
                json.WriteNumber("execution_count", _count);
            });
        }

        using var output = new KernelOutput(request, channels, execute, _plotly) { ExecutionCount = _count };
        var result = host.Session.RunAsync(execute.Code, output, NameOf(execute)).GetAwaiter().GetResult();
        if (execute.StoresHistory)
        {
            history.Add(_count, execute.Code, output.ResultText);
        }

        if (result.Error is { } error)
        {
            var lines = error.Text.Split('\n');
            output.Error(error.Name, error.Message, lines);
            output.Flush();
            _abortsUpTo = execute.StopsOnError ? channels.LastRequest : 0;
            request.ReplyError(error.Name, error.Message, lines, WriteCount);
            return;
        }

        output.Flush();
        var expressions = execute.UserExpressions.Select(expression => (expression.Name, Value: Evaluate(request, expression.Code))).ToList();
        request.ReplyOk(json =>
        {
            WriteCount(json);
            WritePayload(json, output.Pages);
            json.WriteStartObject("user_expressions");
            expressions.ForEach(expression => WriteExpression(json, expression.Name, expression.Value));
            json.WriteEndObject();
        });
    }

    private string NameOf(ExecuteRequest execute) =>
        execute.StoresHistory ? string.Create(CultureInfo.InvariantCulture, $"cell {_count}") : "cell without a number";

    private CellResult Evaluate(Request request, string code)
    {
        using var output = new KernelOutput(request, channels, new ExecuteRequest(code, IsSilent: true, false, false, false, []), _plotly);
        return host.Session.RunAsync(code, output, "expression").GetAwaiter().GetResult();
    }

    private void WriteCount(Utf8JsonWriter json) => json.WriteNumber("execution_count", _count);

    private static void WritePayload(Utf8JsonWriter json, IReadOnlyList<MimeBundle> pages)
    {
        json.WriteStartArray("payload");
        foreach (var page in pages)
        {
            json.WriteStartObject();
            json.WriteString("source", "page");
            json.WriteBundle(page);
            json.WriteNumber("start", 0);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteExpression(Utf8JsonWriter json, string name, CellResult result)
    {
        json.WriteStartObject(name);
        json.WriteString("status", result.Succeeded ? "ok" : "error");
        if (result.Error is { } error)
        {
            json.WriteError(error.Name, error.Message, error.Text.Split('\n'));
        }
        else
        {
            json.WriteBundle(Formatters.Format(result.Value));
        }

        json.WriteEndObject();
    }

    /// <summary>The specification has deprecated the status "aborted": it wants an error.</summary>
    private void ReplyAborted(Request request) => request.ReplyError("Aborted", "the cell did not run, for one before it failed", [], WriteCount);
}
