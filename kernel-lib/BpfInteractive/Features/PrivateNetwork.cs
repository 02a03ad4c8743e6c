using System.Runtime.InteropServices;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// Runs a probe in a network namespace of its own, whose only interface is a loopback that carries nothing: attaching there disturbs
/// nobody's traffic. The thread that entered the namespace ends with the probe, and the namespace with it.
/// </summary>
internal static class PrivateNetwork
{
    /// <summary>The loopback interface of every network namespace.</summary>
    internal const int Loopback = 1;

    private const int CLONE_NEWNET = 0x40000000;
    private static readonly nint Unshare = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 97 : 272;

    /// <summary>The probe's answer; where no namespace can be made (it takes CAP_SYS_ADMIN), the answer of the fallback.</summary>
    internal static ProbeAnswer Run(Func<ProbeAnswer> probe, Func<ProbeAnswer> fallback)
    {
        var answer = default(ProbeAnswer);
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                answer = Libc.syscall(Unshare, CLONE_NEWNET, 0, 0, 0, 0, 0) == 0 ? probe() : fallback();
            }
#pragma warning disable CA1031 // Carried over to the caller's thread.
            catch (Exception error)
#pragma warning restore CA1031
            {
                failure = error;
            }
        })
        { IsBackground = true, Name = "bpfi network probe" };
        thread.Start();
        thread.Join();
        if (failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }

        return answer;
    }
}
