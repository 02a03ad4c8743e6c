using System.Runtime.ExceptionServices;

namespace BpfInteractive.Scripting;

/// <summary>Exceptions on threads that a cell started: they are written to the cell instead of ending the process.</summary>
internal static class StrayExceptions
{
    private static int s_isInstalled;

    /// <summary>From now on, for as long as the process lives.</summary>
    internal static void Catch()
    {
        if (Interlocked.Exchange(ref s_isInstalled, 1) == 0)
        {
            ExceptionHandling.SetUnhandledExceptionHandler(error =>
            {
                Report(error);
                return true;
            });
        }
    }

    internal static void Report(Exception error)
    {
        var text = $"unhandled on a thread of the cell: {ScriptError.Format(error)}\n";
        if (CellContext.CurrentOrLatest is { } cell)
        {
            cell.Output.Write(CellStream.Error, text);
        }
        else
        {
            Console.Error.Write(text);
        }
    }
}
