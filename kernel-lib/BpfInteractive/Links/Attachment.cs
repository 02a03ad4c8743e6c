using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// What holds a program in its place: descriptors, a libbpf link, a netlink filter. Disposing it detaches, which may take a tenth of a
/// second; <see cref="Detacher"/> does it in the background.
/// </summary>
internal abstract class Attachment : IDisposable
{
    /// <summary>The kernel's link, or -1 where the attachment has none of its own.</summary>
    internal virtual int LinkFd => -1;

    /// <summary>Whether a file in bpffs holds the link too, so that closing it here detaches nothing.</summary>
    internal bool IsPinned { get; set; }

    /// <summary>Detaches, here and now: for an attachment that failed halfway.</summary>
    public abstract void Dispose();

    /// <summary>Detaches in the background.</summary>
    internal virtual Task DetachAsync() => Detacher.RunAsync(Dispose);

    /// <summary>Wraps a link's descriptor, or passes the negative errno on to the caller's failure.</summary>
    internal static Attachment FromLink(int result, AttachFailure failure) =>
        result >= 0 ? new LinkAttachment(new FileDescriptor(result)) : throw failure.For(-result);
}

/// <summary>A kernel link: the program is attached for as long as its descriptor is open.</summary>
internal sealed class LinkAttachment(FileDescriptor link) : Attachment
{
    internal override int LinkFd => link.Value;

    public override void Dispose() => LinkEnd.Close(link, IsPinned);
}

/// <summary>A perf event and the link that ties a program to it; kernels before 5.15 have no such link and the event's descriptor holds the program.</summary>
internal sealed class PerfEventAttachment(FileDescriptor perfEvent, FileDescriptor? link) : Attachment
{
    internal override int LinkFd => link?.Value ?? -1;

    public override void Dispose()
    {
        if (link is not null)
        {
            LinkEnd.Close(link, IsPinned);
        }

        perfEvent.Dispose();
    }

    /// <summary>Attaches to an event that was opened disabled, then enables it. Owns the event, also when it throws.</summary>
    internal static PerfEventAttachment Create(int perfFd, BpfProgram program, ulong cookie, AttachFailure failure)
    {
        if (perfFd < 0)
        {
            throw failure.For(-perfFd);
        }

        var owned = new FileDescriptor(perfFd);
        var link = TryAttach(perfFd, program.Fd, cookie, out var errno);
        if (errno == Errno.EEXIST && Detacher.WaitForUnfinished())
        {
            // A tracepoint or kprobe takes a program once; its last detachment may still be under way.
            link = TryAttach(perfFd, program.Fd, cookie, out errno);
        }

        if (errno == 0 && Libc.ioctl(perfFd, Libc.PERF_EVENT_IOC_ENABLE, 0) != 0)
        {
            errno = Errno.Last;
        }

        if (errno == 0)
        {
            return new(owned, link);
        }

        link?.Dispose();
        owned.Dispose();
        throw failure.For(errno);
    }

    private static FileDescriptor? TryAttach(int perfFd, int programFd, ulong cookie, out int errno)
    {
        var link = BpfSyscall.CreateLink(new()
        {
            ProgramFd = (uint)programFd,
            Target = (uint)perfFd,
            AttachType = (uint)BpfAttachType.PerfEvent,
            PerfCookie = cookie,
        });
        errno = link < 0 ? -link : 0;
        if (link >= 0)
        {
            return new FileDescriptor(link);
        }

        // Perf event links came with Linux 5.15 (commit b89fbfbb854c); before, EINVAL. A cookie needs them.
        if (errno == Errno.EINVAL && cookie == 0)
        {
            errno = Libc.ioctl(perfFd, Libc.PERF_EVENT_IOC_SET_BPF, programFd) == 0 ? 0 : Errno.Last;
        }

        return null;
    }
}

/// <summary>Several attachments as one: sampling has one for each CPU or thread.</summary>
internal sealed class AttachmentGroup(IReadOnlyList<Attachment> members) : Attachment
{
    /// <summary>One member's link stands for all only when there is one member.</summary>
    internal override int LinkFd => members.Count == 1 ? members[0].LinkFd : -1;

    public override void Dispose()
    {
        foreach (var member in members)
        {
            member.Dispose();
        }
    }

    internal override Task DetachAsync() => Task.WhenAll(members.Select(member => member.DetachAsync()));

    /// <summary>Makes one member for each item; if one fails, none is left.</summary>
    internal static AttachmentGroup Create<T>(IEnumerable<T> items, Func<T, Attachment> attach)
    {
        var members = new List<Attachment>();
        try
        {
            foreach (var item in items)
            {
                members.Add(attach(item));
            }

            return new(members);
        }
        catch
        {
            foreach (var member in members)
            {
                _ = member.DetachAsync();
            }

            throw;
        }
    }
}
