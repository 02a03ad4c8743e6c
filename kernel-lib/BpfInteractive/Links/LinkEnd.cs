using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// Closes a link's descriptor and waits until the link is gone. A child process that is being started holds a copy of every descriptor
/// until its exec, and the program runs on so long; to see it takes CAP_SYS_ADMIN, without which nothing is waited for.
/// </summary>
internal static class LinkEnd
{
    private const int MostLooks = 100;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    internal static void Close(FileDescriptor link, bool isPinned)
    {
        var info = default(LinkInfo);
        var known = BpfSyscall.GetInfo(link.Value, ref info) >= 0 && !isPinned;
        link.Dispose();
        for (var look = 0; known && look < MostLooks && Lives(info.Id); look++)
        {
            Thread.Sleep(Pause);
        }
    }

    private static bool Lives(uint id)
    {
        var fd = BpfSyscall.OpenLink(id);
        if (fd < 0)
        {
            return false;
        }

        new FileDescriptor(fd).Dispose();
        return true;
    }
}
