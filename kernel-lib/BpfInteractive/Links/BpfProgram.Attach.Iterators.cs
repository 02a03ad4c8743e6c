using BpfInteractive.Interop;

namespace BpfInteractive;

public sealed unsafe partial class BpfProgram
{
    /// <summary>Attaches a SEC("iter/...") program. It runs when somebody reads the iterator.</summary>
    /// <param name="target">What it walks; null for everything.</param>
    /// <exception cref="BpfException">The process, the map or the cgroup is not there, or the iterator takes no such target.</exception>
    public BpfLink AttachIterator(IteratorTarget? target = null)
    {
        var name = SectionAttach.Split(Section).Target;
        return new(this, LinkKind.Iterator, target is null ? name : $"{name} of {target}", program =>
        {
            var failure = new AttachFailure(program, $"iterator {name}{(target is null ? "" : $" of {target}")}", SectionKind.FeatureOf(program.Section) ?? "iter/task")
            {
                Explain = errno => errno switch
                {
                    Errno.ESRCH => ($"{target} is gone", null),
                    Errno.EINVAL when target is not null => ("this iterator takes no such target, or this kernel lets it have none (Linux 6.1)", null),
                    Errno.EBADF when target is null => ("this iterator must be told what it walks", "give an IteratorTarget"),
                    _ => null,
                },
            };
            ProcessId.ThrowIfDead(target?.Pid ?? target?.Tid, failure);
            return AttachIterator(program, target, failure);
        });
    }

    private static Attachment AttachIterator(BpfProgram program, IteratorTarget? target, AttachFailure failure)
    {
        // union bpf_iter_link_info: { map_fd } or { order, cgroup_fd, cgroup_id } or { tid, pid, pid_fd }.
        // SAFETY: the words live on this frame until the call has returned.
        var words = stackalloc uint[4] { 0, 0, 0, 0 };
        FileDescriptor? cgroup = null;
        try
        {
            switch (target)
            {
                case { Pid: { } pid }:
                    words[1] = (uint)pid;
                    break;
                case { Tid: { } tid }:
                    words[0] = (uint)tid;
                    break;
                case { CgroupPath: { } path }:
                    cgroup = OpenFolder(path, failure);
                    (words[0], words[1]) = ((uint)target.CgroupOrder, (uint)cgroup.Value);
                    break;
                default:
                    break;
            }

            return target?.Map is { } map
                ? AttachMapIterator(program, map, words, failure)
                : Attachment.FromLink(CreateIteratorLink(program, target is null ? null : words), failure);
        }
        finally
        {
            cgroup?.Dispose();
        }
    }

    private static Attachment AttachMapIterator(BpfProgram program, BpfMap map, uint* words, AttachFailure failure)
    {
        using var lease = map.Borrow();
        words[0] = (uint)map.Fd;
        return Attachment.FromLink(CreateIteratorLink(program, words), failure);
    }

    private static int CreateIteratorLink(BpfProgram program, uint* words) => BpfSyscall.CreateLink(new()
    {
        ProgramFd = (uint)program.Fd,
        AttachType = (uint)BpfAttachType.TraceIter,
        IteratorInfo = (ulong)words,
        IteratorInfoSize = words is null ? 0u : 4 * sizeof(uint),
    });

    private static FileDescriptor OpenFolder(string path, AttachFailure failure)
    {
        var fd = Libc.open(path, Libc.O_DIRECTORY | Libc.O_CLOEXEC);
        return fd >= 0 ? new FileDescriptor(fd) : throw failure.Because($"{path} cannot be opened", errno: Errno.Last);
    }
}
