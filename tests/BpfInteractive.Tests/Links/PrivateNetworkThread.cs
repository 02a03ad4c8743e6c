using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using BpfInteractive.Interop;

namespace BpfInteractive.Tests.Links;

/// <summary>Runs a test's work on a thread in a network namespace of its own, whose loopback is up: nobody else's packets pass there.</summary>
internal static class PrivateNetworkThread
{
    private const int CLONE_NEWNET = 0x40000000;

    internal static void Run(Action work)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                var unshare = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 97 : 272;
                Errno.ThrowIfMinusOne(Libc.syscall(unshare, CLONE_NEWNET, 0, 0, 0, 0, 0), "enter", "a network namespace");
                using var ip = Process.Start("ip", ["link", "set", "lo", "up"]); // a child is in its parent thread's namespace
                ip.WaitForExit();
                Assert.Equal(0, ip.ExitCode);
                work();
            }
            catch (Exception error)
            {
                failure = ExceptionDispatchInfo.Capture(error);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    /// <summary>Sends one datagram to this machine itself; both its ways (out and in) pass the loopback.</summary>
    internal static void SendDatagram()
    {
        using var receiver = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        receiver.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var sender = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        sender.SendTo("x"u8, receiver.LocalEndPoint!);
    }
}
