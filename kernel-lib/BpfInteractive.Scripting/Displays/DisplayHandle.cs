namespace BpfInteractive.Scripting;

/// <summary>Something a cell has shown, which can be changed where it stands, also after its cell has ended. Thread-safe.</summary>
public sealed class DisplayHandle
{
    private readonly CellContext? _context;

    internal DisplayHandle(CellContext? context, string id)
    {
        _context = context;
        Id = id;
    }

    /// <summary>The display's id: everything shown under it changes with it.</summary>
    public string Id { get; }

    /// <summary>Shows another value in its place. Where nothing can be changed (a console), the value is written below.</summary>
    public void Update(object? value)
    {
        var bundle = Formatters.Format(value);

        // By the cell that runs, if one does: front ends may not listen any more to the one that showed it.
        if ((CellContext.Current ?? _context) is { } cell)
        {
            cell.Output.Display(bundle, Id, isUpdate: true);
        }
        else
        {
            Console.WriteLine(bundle.PlainText);
        }
    }
}
