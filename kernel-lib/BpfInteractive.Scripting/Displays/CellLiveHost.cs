using BpfInteractive.Charts;

namespace BpfInteractive.Scripting;

/// <summary>Live displays in a cell.</summary>
internal sealed class CellLiveHost(CellContext cell) : ILiveHost
{
    public bool IsWatched => cell.Output.IsWatched;

    internal CellContext Cell => cell;

    internal static ILiveHost? OfCaller() => CellContext.Current is { } cell ? new CellLiveHost(cell) : null;

    public ILiveScreen Open(LiveDisplay display, LiveFrame first)
    {
        // A person may be typing where a display of the background would write.
        var form = cell.Output.LiveForm == CellLiveForm.InPlace && display.IsBackground ? CellLiveForm.LastOnly : cell.Output.LiveForm;
        return form switch
        {
            CellLiveForm.Page => Page(display, first),
            CellLiveForm.InPlace => new TextScreen(cell, display, first),
            _ => new KeptScreen(cell, display, first),
        };
    }

    /// <summary>Front ends may not listen any more to the cell that showed a display of the background, once another runs.</summary>
    private LivePage Page(LiveDisplay display, LiveFrame first) => new(display, first, (forms, id, isUpdate) =>
        (isUpdate && display.IsBackground ? cell.Listened : cell).Output.Display(new MimeBundle(forms), id, isUpdate));

    private sealed class TextScreen : ILiveScreen
    {
        private readonly CellContext _cell;
        private readonly string _id;

        internal TextScreen(CellContext cell, LiveDisplay display, LiveFrame first)
        {
            (_cell, _id) = (cell, display.Id);
            Show(first, isUpdate: false);
        }

        public void Update(LiveFrame frame) => Show(frame, isUpdate: true);

        public void End(LiveFrame last) => Show(last, isUpdate: true);

        private void Show(LiveFrame frame, bool isUpdate) => _cell.Output.Display(MimeBundle.Plain(frame.Text), _id, isUpdate);
    }

    /// <summary>One of the background holds its place from the start, or its cell would have ended before it showed anything.</summary>
    private sealed class KeptScreen : ILiveScreen
    {
        private readonly CellContext _cell;
        private readonly LiveDisplay _display;

        internal KeptScreen(CellContext cell, LiveDisplay display, LiveFrame first)
        {
            (_cell, _display) = (cell, display);
            if (display.IsBackground)
            {
                cell.Output.Display(new MimeBundle(LivePage.Still(first)), display.Id, isUpdate: false);
            }
        }

        public void Update(LiveFrame frame)
        {
        }

        public void End(LiveFrame last) => _cell.Output.Display(new MimeBundle(LivePage.Still(last)), _display.Id, isUpdate: _display.IsBackground);
    }
}
