using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BpfInteractive.Interop;

/// <summary>
/// What libbpf prints while one call runs. libbpf calls its print function on the calling thread, so each thread keeps its own capture and
/// parallel loads do not mix. Outside a capture everything is dropped: nothing of libbpf's ever reaches stderr.
/// </summary>
internal sealed unsafe class LibBpfMessages : IDisposable
{
    private const int LevelDebug = 2;
    private const int LongestMessage = 8192;

    [ThreadStatic]
    private static LibBpfMessages? t_current;

    private readonly LibBpfMessages? _outer;
    private readonly bool _debug;
    private readonly List<string> _lines = [];

    static LibBpfMessages() => LibBpf.libbpf_set_print(&Print);

    private LibBpfMessages(bool debug)
    {
        _debug = debug;
        _outer = t_current;
        t_current = this;
    }

    /// <summary>Each message in order, without its line end and without the prefix "libbpf: ".</summary>
    internal IReadOnlyList<string> Lines => _lines;

    /// <summary>Captures this thread's messages until disposed. Dispose on the same thread; no await in between.</summary>
    internal static LibBpfMessages Capture(bool debug = false) => new(debug);

    /// <summary>Installs the print function; for callers that use libbpf without a capture.</summary>
    internal static void Silence() => RuntimeHelpers.RunClassConstructor(typeof(LibBpfMessages).TypeHandle);

    public void Dispose() => t_current = _outer;


    [UnmanagedCallersOnly]
    private static int Print(int level, byte* format, void* arguments) => Receive(level, format, arguments);

    private static int Receive(int level, byte* format, void* arguments)
    {
        var current = t_current;
        if (current is null || (level >= LevelDebug && !current._debug))
        {
            return 0;
        }

        try
        {
            current.Add(format, arguments);
        }
#pragma warning disable CA1031 // An exception must not cross native frames; a message that cannot be formatted is lost, nothing else.
        catch (Exception)
#pragma warning restore CA1031
        {
        }

        return 0;
    }

    private void Add(byte* format, void* arguments)
    {
        // SAFETY: va_list is passed by reference in both the x86-64 and the aarch64 ABI, so the pointer is what vsnprintf takes; it ends
        // what it writes with a zero. Longer messages are cut: the verifier's logs do not come this way.
        var buffer = stackalloc byte[LongestMessage];
        if (Libc.vsnprintf(buffer, LongestMessage, format, arguments) < 0)
        {
            return;
        }

        var line = (Marshal.PtrToStringUTF8((nint)buffer) ?? "").TrimEnd('\n');
        _lines.Add(line.StartsWith("libbpf: ", StringComparison.Ordinal) ? line[8..] : line);
    }
}
