using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// A program in its place: it runs for as long as its link lives. Made by <c>program.Attach()</c>, <c>obj.Attach()</c> and the explicit
/// attach methods; belongs to the program's object, whose disposal disposes it too.
/// </summary>
/// <remarks>
/// Thread-safe. Detaching takes 70-90 ms, so <see cref="Dispose"/> returns at once and leaves it to the background; await
/// <see cref="DisposeAsync"/> to know that the program no longer runs. The kernel detaches when the process ends, however it ends, except
/// for <see cref="LinkKind.TrafficControl"/> and what was pinned.
/// </remarks>
public sealed class BpfLink : IDisposable, IAsyncDisposable
{
    private readonly object _gate = new();
    private readonly Func<BpfProgram, Attachment>? _attach;
    private BpfObject _owner;
    private Attachment? _attachment;
    private Task _detached = Task.CompletedTask;
    private bool _disposed;

    /// <summary>Attaches; on failure nothing is left.</summary>
    internal BpfLink(BpfProgram program, LinkKind kind, string target, Func<BpfProgram, Attachment> attach)
        : this(program.Object, program.Name, kind, target, Attach(program, attach))
    {
        Program = program;
        _attach = attach;
    }

    /// <summary>Owns what is attached already; the object owns the link, and if it is disposed already nothing is left.</summary>
    internal BpfLink(BpfObject owner, string programName, LinkKind kind, string target, Attachment attachment)
    {
        _owner = owner;
        ProgramName = programName;
        Kind = kind;
        Target = target;
        _attachment = attachment;
        owner.Own(this);
    }

    /// <summary>What the program is tied to.</summary>
    public LinkKind Kind { get; }

    /// <summary>The target's name: "sched/sched_switch", "/usr/bin/bash:readline", "eth0 ingress".</summary>
    public string Target { get; }

    /// <summary>The program that is attached now; <see cref="Update"/> changes it. Null for a struct_ops map, which ties several.</summary>
    public BpfProgram? Program { get; private set; }

    /// <summary>The program's name, or the struct_ops map's.</summary>
    public string ProgramName { get; private set; }

    internal DateTimeOffset AttachedAt { get; } = DateTimeOffset.Now;

    /// <summary>Whether it is detached, or about to be.</summary>
    public bool IsDisposed
    {
        get
        {
            lock (_gate)
            {
                return _disposed;
            }
        }
    }

    /// <summary>The kernel's number for the link, or null where the attachment is not one single kernel link.</summary>
    public uint? Id
    {
        get
        {
            lock (_gate)
            {
                var info = default(LinkInfo);
                return _attachment is { LinkFd: >= 0 } held && BpfSyscall.GetInfo(held.LinkFd, ref info) >= 0 ? info.Id : null;
            }
        }
    }

    /// <summary>
    /// Puts another program in this one's place. Where the kernel can (cgroup, XDP, tcx, netfilter, iterators) in one step; elsewhere the new
    /// one is attached first and the old one detached in the background, so that no event is missed and some may be seen by both.
    /// </summary>
    /// <param name="program">A loaded program of the same type, of this object or another one. The link belongs to its object from now on.</param>
    /// <returns>Whether it was done in one step.</returns>
    /// <exception cref="BpfException">The new program cannot be attached; the old one stays.</exception>
    public bool Update(BpfProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var attach = _attach ?? throw new InvalidOperationException($"the link of '{ProgramName}' ties a map, not a program");
            if (program == Program)
            {
                return true;
            }

            var inOneStep = TryUpdateInPlace(program);
            if (!inOneStep)
            {
                var old = _attachment!;
                _attachment = Attach(program, attach);
                _detached = Task.WhenAll(_detached, old.DetachAsync());
            }

            _owner.Disown(this);
            (Program, ProgramName, _owner) = (program, program.Name, program.Object);
            _owner.Own(this);
            return inOneStep;
        }
    }

    /// <summary>Makes the attachment outlive this process: a file in bpffs holds the link until it is removed.</summary>
    /// <param name="path">A new file in a bpffs, such as <c>/sys/fs/bpf/mine</c>.</param>
    /// <exception cref="BpfException">The kernel refuses, or this kind has no kernel link.</exception>
    public void Pin(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var fd = _attachment!.LinkFd;
            if (fd < 0)
            {
                throw new BpfException("pin", $"the link of program '{ProgramName}'", detail: "its attachment is not one single kernel link");
            }

            Errno.ThrowIfNegative(BpfSyscall.Pin(fd, path), "pin", $"the link of program '{ProgramName}' at {path}");
            _attachment.IsPinned = true;
        }
    }

    /// <summary>Detaches in the background and returns at once.</summary>
    public void Dispose() => _ = CloseAsync();

    /// <summary>Detaches.</summary>
    /// <returns>Completes when the program no longer runs.</returns>
    public ValueTask DisposeAsync() => new(CloseAsync());

    /// <summary>"on_switch -> Tracepoint sched/sched_switch".</summary>
    public override string ToString() => $"{ProgramName} -> {Kind} {Target}{(IsDisposed ? " (detached)" : "")}";

    /// <summary>A new descriptor that runs this iterator when it is read.</summary>
    internal FileDescriptor OpenIterator()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return new FileDescriptor(Errno.ThrowIfNegative(
                BpfSyscall.CreateIterator(_attachment!.LinkFd), "open", $"iterator '{ProgramName}'"));
        }
    }

    private static Attachment Attach(BpfProgram program, Func<BpfProgram, Attachment> attach)
    {
        using var lease = program.Borrow();
        return attach(program);
    }

    private bool TryUpdateInPlace(BpfProgram program)
    {
        using var lease = program.Borrow();
        return _attachment!.LinkFd is >= 0 and var fd && BpfSyscall.UpdateLink(fd, program.Fd) >= 0;
    }

    private Task CloseAsync()
    {
        lock (_gate)
        {
            if (!_disposed)
            {
                _disposed = true;
                if (_attachment is { } held)
                {
                    _attachment = null;
                    _detached = Task.WhenAll(_detached, held.DetachAsync());
                }

                _owner.Disown(this);
            }

            return _detached;
        }
    }
}
