namespace BpfInteractive;

/// <summary>
/// At most one clang that was started ahead and waits. Only while somebody holds a <see cref="KeepWarm"/>: a process and a temporary folder live as long.
/// A waiting clang ends by itself when this process does, as its input ends then.
/// </summary>
internal static class WarmClang
{
    private static readonly object s_gate = new();
    private static ClangProcess? s_waiting;
    private static string s_key = "";
    private static int s_holders;

    /// <summary>Keeps a clang waiting from the next compilation on, until disposed.</summary>
    internal static IDisposable KeepWarm()
    {
        lock (s_gate)
        {
            s_holders++;
        }

        return new Holder();
    }

    /// <summary>The clang that waits with these arguments, or a new one.</summary>
    internal static ClangProcess TakeOrStart(Clang clang, IReadOnlyList<string> arguments)
    {
        var key = KeyOf(clang, arguments);
        ClangProcess? other = null;
        lock (s_gate)
        {
            (var waiting, s_waiting) = (s_waiting, null);
            if (waiting is not null && s_key == key && waiting.IsAlive)
            {
                return waiting;
            }

            other = waiting;
        }

        other?.Dispose();
        return ClangProcess.Start(clang, arguments, keptCapability: null);
    }

    /// <summary>Starts the next one, when it is wanted.</summary>
    internal static void StartNext(Clang clang, IReadOnlyList<string> arguments)
    {
        lock (s_gate)
        {
            if (s_holders > 0 && s_waiting is null)
            {
                s_waiting = ClangProcess.Start(clang, arguments, keptCapability: null);
                s_key = KeyOf(clang, arguments);
            }
        }
    }

    private static string KeyOf(Clang clang, IReadOnlyList<string> arguments) => $"{clang.Identity}\0{string.Join('\0', arguments)}";

    private static void Release()
    {
        ClangProcess? last = null;
        lock (s_gate)
        {
            if (--s_holders == 0)
            {
                (last, s_waiting) = (s_waiting, null);
            }
        }

        last?.Dispose();
    }

    private sealed class Holder : IDisposable
    {
        private int _released;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _released, 1) == 0)
            {
                Release();
            }
        }
    }
}
