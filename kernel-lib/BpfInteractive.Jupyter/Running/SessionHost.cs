using BpfInteractive.Scripting;

namespace BpfInteractive.Jupyter;

/// <summary>The session behind the kernel. It is made when it is first needed, so that a client hears of the kernel before the compiler is loaded. Thread-safe.</summary>
internal sealed class SessionHost : IAsyncDisposable
{
    private readonly Lazy<CellSession> _session = new(Create);

    internal CellSession Session => _session.Value;

    public async ValueTask DisposeAsync()
    {
        if (_session.IsValueCreated)
        {
            await _session.Value.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Interrupts the cell that runs, if there is one.</summary>
    internal void Interrupt()
    {
        if (_session.IsValueCreated)
        {
            _session.Value.Interrupt();
        }
    }

    /// <summary>Loads the compiler and the language services on a thread of its own.</summary>
    internal void WarmUp()
    {
        var warm = new Thread(() => Session.WarmUpAsync().GetAwaiter().GetResult()) { Name = "warm-up", IsBackground = true };
        warm.Start();
    }

    private static CellSession Create()
    {
        CellSession.TakeConsole();
        return NotebookSession.Create(kind: "kernel");
    }
}
