using System.Text;
using Microsoft.Win32.SafeHandles;

namespace BpfInteractive.Interop;

/// <summary>
/// Where the verifier writes: 256 MB of address space of which only the written pages are memory, so that the log of any program fits at
/// the first asking instead of growing by one verification a step. Linux 6.4 and newer keep the end of what does not fit.
/// </summary>
internal sealed unsafe class VerifierLogBuffer : SafeHandleZeroOrMinusOneIsInvalid
{
    private const int MapAnonymous = 0x20;
    private const int MapNoReserve = 0x4000;

    /// <summary>Below UINT_MAX >> 2, the most that the kernel takes (bpf_vlog_init).</summary>
    private const nuint Largest = 256 << 20;
    private const nuint Smallest = 1 << 20;

    private VerifierLogBuffer(nint address, nuint size)
        : base(ownsHandle: true)
    {
        SetHandle(address);
        Size = size;
    }

    internal byte* Pointer => (byte*)handle;

    internal nuint Size { get; }

    /// <summary>The bytes of the log up to its terminating zero.</summary>
    private ReadOnlySpan<byte> Written
    {
        get
        {
            // SAFETY: the mapping is Size bytes long and lives as long as this handle, which the caller holds.
            var all = new ReadOnlySpan<byte>(Pointer, (int)Size);
            var end = all.IndexOf((byte)0);
            return end >= 0 ? all[..end] : all;
        }
    }

    internal bool IsEmpty => *Pointer == 0;

    internal static VerifierLogBuffer Create()
    {
        for (var size = Largest; size >= Smallest; size /= 4)
        {
            var address = Libc.mmap(0, size, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_PRIVATE | MapAnonymous | MapNoReserve, -1, 0);
            if (address != Libc.MAP_FAILED)
            {
                return new VerifierLogBuffer(address, size);
            }
        }

        throw new BpfException("reserve memory for", "the verifier's log", Errno.Last);
    }

    /// <summary>A copy of the log's bytes; text is made of it when somebody asks.</summary>
    internal byte[] Copy() => Written.ToArray();

    internal static string Text(byte[] log) => Encoding.UTF8.GetString(log);

    protected override bool ReleaseHandle() => Libc.munmap(handle, Size) == 0;
}
