using System.Text;

namespace BpfInteractive.Scripting.Tests;

/// <summary>What a cell showed, in its order.</summary>
internal sealed class RecordedOutput : ICellOutput
{
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly List<(MimeBundle Bundle, string Id, bool IsUpdate)> _displays = [];

    internal Queue<string> Answers { get; } = new();

    internal List<(string Prompt, bool IsPassword)> Questions { get; } = [];

    internal int Cleared { get; private set; }

    internal string Output => Locked(() => _output.ToString());

    internal string Errors => Locked(() => _errors.ToString());

    internal IReadOnlyList<(MimeBundle Bundle, string Id, bool IsUpdate)> Displays => Locked(() => _displays.ToList());

    public void Write(CellStream stream, string text) => Locked(() => (stream == CellStream.Output ? _output : _errors).Append(text));

    public void Result(MimeBundle bundle) => Locked(() => _output.Append(bundle.PlainText));

    public void Display(MimeBundle bundle, string displayId, bool isUpdate) => Locked(() =>
    {
        _displays.Add((bundle, displayId, isUpdate));
        return 0;
    });

    public void Clear(bool wait) => Cleared++;

    public void Page(MimeBundle bundle) => Write(CellStream.Output, bundle.PlainText);

    public string? ReadLine(string prompt, bool isPassword, CancellationToken cancellationToken)
    {
        Questions.Add((prompt, isPassword));
        return Answers.TryDequeue(out var answer) ? answer : null;
    }

    public bool NeedsPlotly() => false;

    /// <summary>Waits until a stream holds a text.</summary>
    internal async Task WaitForAsync(string text)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!Output.Contains(text, StringComparison.Ordinal) && !Errors.Contains(text, StringComparison.Ordinal))
        {
            await Task.Delay(10, limit.Token);
        }
    }

    private T Locked<T>(Func<T> read)
    {
        lock (_output)
        {
            return read();
        }
    }
}
