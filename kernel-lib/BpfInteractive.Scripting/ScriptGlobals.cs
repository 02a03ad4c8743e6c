namespace BpfInteractive.Scripting;

/// <summary>What every script and cell can name without declaring it. <c>dotnet script</c> has the same <see cref="Args"/>.</summary>
/// <param name="args">The arguments after <c>--</c>.</param>
public sealed class ScriptGlobals(IList<string> args)
{
    private object? _bound;
    private static int s_displays;

    /// <summary>The script's arguments: what stood after <c>--</c> on the command line.</summary>
    public IList<string> Args { get; } = args;

    /// <summary>Shows a value in the cell; in a script, writes it to standard output.</summary>
    /// <param name="value">Any value; <see cref="Formatters"/> knows how.</param>
    /// <returns>By which what is shown can be changed.</returns>
#pragma warning disable IDE1006, CA1707, CA1822 // Notebooks spell it so, as they do input and password; a script's globals are members of an instance.
    public DisplayHandle display(object? value)
    {
        var cell = CellContext.Current;
        var bundle = Formatters.Format(value);
        var handle = new DisplayHandle(cell, FormattableString.Invariant($"bpfi-{Environment.ProcessId}-{Interlocked.Increment(ref s_displays)}"));
        if (cell is null)
        {
            Console.WriteLine(bundle.PlainText);
        }
        else
        {
            cell.Output.Display(bundle, handle.Id, isUpdate: false);
        }

        return handle;
    }

    /// <summary>Shows a value in one form of a MIME type: <c>display("# Title", "text/markdown")</c>.</summary>
    public DisplayHandle display(string content, string mimeType) => display(MimeBundle.Of(mimeType, content, content));

    /// <summary>Asks the person in front for a line.</summary>
    /// <param name="prompt">What is asked.</param>
    /// <returns>The line; empty at the end of input.</returns>
    /// <exception cref="InvalidOperationException">The front end has nobody to ask.</exception>
    public string input(string prompt = "") => Ask(prompt, isPassword: false);

    /// <summary>Asks the person in front for a line that must not show.</summary>
    /// <inheritdoc cref="input"/>
    public string password(string prompt = "") => Ask(prompt, isPassword: true);

    /// <summary>Takes back what the cell has shown so far.</summary>
    /// <param name="wait">Only when the next output comes, which avoids flicker.</param>
    public void clear_output(bool wait = false) => CellContext.Current?.Output.Clear(wait);

    /// <summary>Keeps a BPF object when its variable is declared again, until it is disposed by hand or the session ends.</summary>
    /// <param name="resource">An object made by this cell or an earlier one.</param>
    /// <returns>The same object.</returns>
    public T Keep<T>(T resource)
        where T : class, IAsyncDisposable
    {
        CellContext.Current?.Session.Ownership.Keep(resource);
        return resource;
    }

    /// <summary>What <see cref="CellContext.BindAsync"/> hands to the declaration of a variable.</summary>
    public T Bound<T>() => (T)(_bound ?? throw new InvalidOperationException("nothing is being bound to a variable"));
#pragma warning restore IDE1006, CA1707, CA1822

    /// <summary>Holds a value for <see cref="Bound"/> until the result is disposed.</summary>
    internal IDisposable Bind(object value)
    {
        _bound = value;
        return new Binding(this);
    }

    private static string Ask(string prompt, bool isPassword)
    {
        if (CellContext.Current is { } cell)
        {
            return cell.Output.ReadLine(prompt, isPassword, cell.Scope.CancellationToken) ?? "";
        }

        Console.Write(prompt);
        return Console.ReadLine() ?? "";
    }

    private sealed class Binding(ScriptGlobals globals) : IDisposable
    {
        public void Dispose() => globals._bound = null;
    }
}
