namespace BpfInteractive.Scripting;

/// <summary>Takes down what the cells of a run show, and tells it on the console as it comes. Thread-safe.</summary>
/// <param name="output">The console's standard output: streams and the plain text of what is shown.</param>
/// <param name="errors">The console's standard error.</param>
internal sealed class NotebookRecorder(TextWriter output, TextWriter errors)
{
    private readonly object _gate = new();
    private readonly Dictionary<string, (List<NotebookOutput> Cell, NotebookOutput Output)> _displays = new(StringComparer.Ordinal);
    private bool _hasPlotly;

    /// <summary>What the next cell writes to.</summary>
    internal CellRecorder StartCell() => new(this);

    /// <summary>What one cell shows.</summary>
    internal sealed class CellRecorder(NotebookRecorder run) : ICellOutput
    {
        private readonly List<NotebookOutput> _outputs = [];
        private bool _clearsAtNext;

        internal IReadOnlyList<NotebookOutput> Outputs
        {
            get
            {
                lock (run._gate)
                {
                    return [.. _outputs];
                }
            }
        }

        public void Write(CellStream stream, string text)
        {
            lock (run._gate)
            {
                var added = NotebookOutput.Stream(stream, text);
                if (!_clearsAtNext && _outputs.Count > 0 && _outputs[^1] is { Kind: "stream" } last && last.Name == added.Name)
                {
                    _outputs[^1] = NotebookOutput.Stream(stream, last.Data.PlainText + text);
                }
                else
                {
                    Add(added);
                }

                run.Tell(stream, text);
            }
        }

        public void Result(MimeBundle bundle)
        {
            lock (run._gate)
            {
                Add(new NotebookOutput("execute_result", "", bundle));
                run.Tell(CellStream.Output, bundle.PlainText + "\n");
            }
        }

        public void Display(MimeBundle bundle, string displayId, bool isUpdate)
        {
            lock (run._gate)
            {
                var shown = new NotebookOutput("display_data", "", bundle);
                if (!isUpdate)
                {
                    Add(shown);
                    run._displays[displayId] = (_outputs, shown);
                    run.Tell(CellStream.Output, bundle.PlainText + "\n");
                }
                else if (run._displays.TryGetValue(displayId, out var old) && old.Cell.FindIndex(output => ReferenceEquals(output, old.Output)) is var at and >= 0)
                {
                    old.Cell[at] = shown;
                    run._displays[displayId] = (old.Cell, shown);
                }
            }
        }

        public void Clear(bool wait)
        {
            lock (run._gate)
            {
                _clearsAtNext = wait;
                if (!wait)
                {
                    _outputs.Clear();
                }
            }
        }

        public void Page(MimeBundle bundle) => Write(CellStream.Output, bundle.PlainText + "\n");

        public string? ReadLine(string prompt, bool isPassword, CancellationToken cancellationToken) =>
            throw new InvalidOperationException($"the cell asks \"{prompt}\", and a notebook that is run from start to end has nobody to ask; give the value with --param");

        public bool NeedsPlotly()
        {
            lock (run._gate)
            {
                return !run._hasPlotly && (run._hasPlotly = true);
            }
        }

        public CellLiveForm LiveForm => CellLiveForm.LastOnly;

        public bool IsWatched => false;

        internal void Fail(CellError error)
        {
            lock (run._gate)
            {
                Add(NotebookOutput.Error(error));
                run.Tell(CellStream.Error, error.Text + "\n");
            }
        }

        private void Add(NotebookOutput added)
        {
            if (_clearsAtNext)
            {
                _outputs.Clear();
                _clearsAtNext = false;
            }

            _outputs.Add(added);
        }
    }

    private void Tell(CellStream stream, string text) => (stream == CellStream.Output ? output : errors).Write(text);
}
