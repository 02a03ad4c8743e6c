using System.Runtime.InteropServices;

namespace BpfInteractive.Interop;

/// <summary>An array of C strings in native memory, for the length of a call.</summary>
internal sealed unsafe class NativeStrings : IDisposable
{
    private readonly byte** _strings;
    private readonly int _count;

    internal NativeStrings(IReadOnlyList<string> strings)
    {
        // SAFETY: the array has room for each pointer; Dispose frees what was allocated.
        _strings = (byte**)NativeMemory.AllocZeroed((nuint)strings.Count, (nuint)sizeof(byte*));
        for (; _count < strings.Count; _count++)
        {
            _strings[_count] = (byte*)Marshal.StringToCoTaskMemUTF8(strings[_count]);
        }
    }

    /// <summary>The <c>const char **</c> as a field of bpf_attr.</summary>
    internal ulong Pointer => (ulong)_strings;

    public void Dispose()
    {
        for (var index = 0; index < _count; index++)
        {
            Marshal.FreeCoTaskMem((nint)_strings[index]);
        }

        NativeMemory.Free(_strings);
    }
}
