using System.Runtime.InteropServices;
using System.Text;

namespace BpfInteractive;

/// <summary>
/// Puts what the sampler sends into a <see cref="ProfileBuilder"/>: who is who by pid, start and exec; which file is which by the kernel's identity; when a
/// mapping became another one. One thread at a time.
/// </summary>
internal sealed unsafe class CaptureWriter(ProfileBuilder builder, SampledCode code)
{
    /// <summary>.NET maps what it compiles twice, once to write and once to run, through a memfd: it is code made at run time, and no file.</summary>
    internal const string DotnetJitMemory = "/memfd:doublemapper";

    private readonly Dictionary<(uint Tid, uint Thread), int> _threads = [];
    private readonly Dictionary<(uint Pid, ulong Start, uint Execs), int> _processes = [];
    private readonly Dictionary<StackFileKey, int> _files = [];
    private readonly Dictionary<StackFileKey, BuildId> _earlyBuildIds = [];
    private readonly HashSet<StackFileKey> _jitFiles = [];
    private int _vdso = -1;

    /// <summary>Where the mappings are asked for, when the kernel's side cannot look them up.</summary>
    internal Action<StackRequestRecord>? OnRequest { get; init; }

    /// <summary>Where stacks that were copied are unwound; null when none are.</summary>
    internal CopiedStacks? Copies { get; init; }

    /// <summary>Samples whose look-up was refused, by reason.</summary>
    internal long[] Refusals { get; } = new long[(int)StackRefusalReason.Full + 1];

    /// <summary>Samples whose thread's facts did not come: their process is known by its pid alone.</summary>
    internal long Strangers { get; private set; }

    /// <summary>User frames that build ids were asked for, and those that have one.</summary>
    internal (long Frames, long Found) BuildIds { get; private set; }

    /// <summary>Whether a sample's thread is known.</summary>
    internal bool Knows(in StackSampleRecord sample) => _threads.ContainsKey((sample.Tid, sample.Thread));

    /// <summary>Takes in a sample with what follows it: its frames and, where it was copied, registers and stack.</summary>
    internal void AddSample(in StackSampleRecord record, ReadOnlySpan<byte> contents)
    {
        var thread = _threads.TryGetValue((record.Tid, record.Thread), out var known) ? known : AddStranger(record);
        var mm = record.Mm == 0 ? -1 : builder.AddMm(record.Mm);
        var sample = new ProfileSample((long)record.Time, record.Cpu, thread, mm, (long)record.Value, (long)record.Value, FlagsOf(record.Flags));
        if ((record.Flags & StackSampleBits.Copied) != 0 && mm >= 0 && Copies is { } copies)
        {
            copies.Add(sample, contents, record.KernelFrames, record.UserFrames);
            return;
        }

        var frames = MemoryMarshal.Cast<byte, ulong>(contents);
        builder.AddSample(sample, frames.Slice(record.KernelFrames, record.UserFrames), frames[..record.KernelFrames]);
    }

    internal void AddFact(ReadOnlySpan<byte> record)
    {
        switch (MemoryMarshal.Read<StackFactKind>(record))
        {
            case StackFactKind.Thread:
                Add(MemoryMarshal.AsRef<StackThreadRecord>(record));
                break;
            case StackFactKind.Process:
                Add(MemoryMarshal.AsRef<StackProcessRecord>(record));
                break;
            case StackFactKind.Mapping:
                Add(MemoryMarshal.AsRef<StackMappingRecord>(record));
                break;
            case StackFactKind.File:
                Add(MemoryMarshal.AsRef<StackFileRecord>(record));
                break;
            case StackFactKind.Head:
                Add(MemoryMarshal.AsRef<StackHeadRecord>(record));
                break;
            case StackFactKind.Refusal:
                Add(MemoryMarshal.AsRef<StackRefusalRecord>(record));
                break;
            case StackFactKind.End:
                code.OnEnd(builder.AddMm(MemoryMarshal.AsRef<StackEndRecord>(record).Fact.Mm), (long)MemoryMarshal.AsRef<StackEndRecord>(record).Fact.Time);
                break;
            case StackFactKind.Request:
                OnRequest?.Invoke(MemoryMarshal.AsRef<StackRequestRecord>(record));
                break;
            case StackFactKind.BuildIds:
                AddBuildIds(record);
                break;
            default:
                throw new BpfException("read", "the sampler's ring of facts", detail: $"there is no record of kind {MemoryMarshal.Read<uint>(record)}");
        }
    }

    private static SampleFlags FlagsOf(StackSampleBits bits)
    {
        var flags = (bits & StackSampleBits.UserMode) != 0 ? SampleFlags.None : SampleFlags.KernelMode;
        flags |= (bits & StackSampleBits.UserTruncated) != 0 ? SampleFlags.UserTruncated : 0;
        flags |= (bits & StackSampleBits.KernelTruncated) != 0 ? SampleFlags.KernelTruncated : 0;
        flags |= (bits & (StackSampleBits.UserFailed | StackSampleBits.InExec)) != 0 ? SampleFlags.UserFailed : 0;
        flags |= (bits & StackSampleBits.KernelFailed) != 0 ? SampleFlags.KernelFailed : 0;
        return flags;
    }

    private void Add(in StackThreadRecord record)
    {
        var comm = TextOf([record.Comm[0], record.Comm[1]]);
        var process = _processes.TryGetValue((record.Pid, record.ProcessStart, record.Execs), out var known)
            ? known
            : AddBareProcess(record.Pid, record.ProcessStart, record.Execs, comm, record.Fact.Mm);
        _threads[(record.Fact.Tid, record.Thread)] = builder.AddThread(process, (int)record.Fact.Tid, comm);
    }

    private int AddStranger(in StackSampleRecord record)
    {
        Strangers++;
        var process = AddBareProcess(record.Pid, 0, 0, "?", record.Mm);
        return _threads[(record.Tid, record.Thread)] = builder.AddThread(process, (int)record.Tid, "?");
    }

    private int AddBareProcess(uint pid, ulong start, uint execs, string comm, ulong mm) => _processes[(pid, start, execs)] = builder.AddProcess(new ProfileProcess
    {
        Pid = (int)pid,
        StartNs = (long)start,
        Exec = (int)execs,
        Comm = comm,
        Mm = mm == 0 ? -1 : builder.AddMm(mm),
    });

    private void Add(in StackProcessRecord record)
    {
        var process = new ProfileProcess
        {
            Pid = (int)record.Pid,
            StartNs = (long)record.Start,
            Exec = (int)record.Execs,
            ParentPid = (int)record.Parent,
            Comm = TextOf([record.Comm[0], record.Comm[1]]),
            CommandLine = CommandLineOf(record),
            Cgroup = CgroupOf(record),
            NamespacePids = NamespacePidsOf(record),
            Mm = record.Fact.Mm == 0 ? -1 : builder.AddMm(record.Fact.Mm),
        };
        if (process.Mm >= 0 && record.StartStack != 0)
        {
            code.OnProcess(process.Mm, OwnerOf(record, process));
        }

        var key = (record.Pid, record.Start, record.Execs);
        if (_processes.TryGetValue(key, out var number))
        {
            // One on its way out is told of again when it is sampled once more; of what it was there is nothing left by then.
            if (process.Mm >= 0 || builder.ProcessOf(number).Mm < 0)
            {
                builder.SetProcess(number, process);
            }
        }
        else
        {
            _processes[key] = builder.AddProcess(process);
        }
    }

    private void Add(in StackMappingRecord record)
    {
        var file = record.Mapping switch
        {
            StackMappingKind.File when _jitFiles.Contains(record.File) => -1,
            StackMappingKind.File => _files.TryGetValue(record.File, out var known) ? known : AddFile(record.File, PathUnknown(record.File), 0),
            StackMappingKind.Vdso => Vdso(),
            StackMappingKind.Nothing => ProfileMapping.NoCode,
            _ => -1,
        };
        builder.AddChange(
            builder.AddMm(record.Fact.Mm),
            (long)record.Fact.Time,
            new ProfileMapping(record.Start, record.End, record.Offset, file, (VmaPermissions)(record.Flags & 15)));
        if (file == -1)
        {
            code.OnJit(builder.AddMm(record.Fact.Mm));
        }
        else if (file >= 0 && DotnetProcesses.IsImage(builder.FileOf(file).Path))
        {
            code.OnDotnetImage(builder.AddMm(record.Fact.Mm));
        }
    }

    private void Add(in StackFileRecord record)
    {
        // SAFETY: the path's bytes are in the record, and the length was checked against them.
        fixed (byte* path = record.Path)
        {
            var pieces = new ReadOnlySpan<byte>(path, (int)Math.Min(record.Length, 4096));
            var isPseudo = (record.Flags & StackFileRecord.PseudoFlag) != 0;
            var text = isPseudo ? "/" + Encoding.UTF8.GetString(VmaPath.ToUtf8(pieces.TrimEnd((byte)0))) : KernelPath.Join(pieces);
            if (isPseudo && IsJitMemory(text))
            {
                _jitFiles.Add(record.Key);
                return;
            }

            var number = AddFile(record.Key, text, record.Flags, (long)record.Size, ((long)record.ModifiedSeconds * 1_000_000_000) + record.ModifiedNanoseconds);
            var isProgram = code.OnFile(number, (int)record.Pid, record.Start, record.End);
            if (isPseudo && !isProgram)
            {
                _jitFiles.Add(record.Key);
            }
        }
    }

    private void Add(in StackHeadRecord record)
    {
        // SAFETY: the bytes are in the record.
        fixed (byte* bytes = record.Bytes)
        {
            var buildId = ElfHead.BuildIdOf(new ReadOnlySpan<byte>(bytes, 4096));
            if (buildId.IsEmpty)
            {
                return;
            }

            if (_files.TryGetValue(record.Key, out var number))
            {
                builder.SetBuildId(number, buildId);
            }
            else
            {
                _earlyBuildIds[record.Key] = buildId;
            }
        }
    }

    private void AddBuildIds(ReadOnlySpan<byte> bytes)
    {
        var record = default(StackBuildIdsRecord);
        bytes[..Math.Min(bytes.Length, sizeof(StackBuildIdsRecord))].CopyTo(new Span<byte>(&record, sizeof(StackBuildIdsRecord)));
        var pages = builder.SpaceOf(builder.AddMm(record.Fact.Mm)).BuildIdPages;
        var (frames, found) = BuildIds;
        for (var frame = 0; frame < Math.Min(record.Count, StackBuildIdsRecord.MostFrames); frame++)
        {
            // SAFETY: so many ids are in the record.
            var id = (StackBuildId*)(record.Ids + (frame * StackBuildId.SizeBytes));
            var isValid = id->Status == StackBuildId.Valid;
            found += isValid ? 1 : 0;
            frames++;
            pages.Add(record.Frames[frame], (long)record.Fact.Time, isValid ? new BuildId(new ReadOnlySpan<byte>(id->Bytes, BuildId.MaxLength)) : default, id->Offset);
        }

        BuildIds = (frames, found);
    }

    private void Add(in StackRefusalRecord record)
    {
        Refusals[(int)record.Reason < Refusals.Length ? (int)record.Reason : 0]++;
        builder.AddRefusal((long)record.Fact.Time);
    }

    private int AddFile(in StackFileKey key, string path, uint flags, long? size = null, long? modified = null)
    {
        var isOverlay = key.KernelInode != key.Inode || key.KernelDevice != key.Device;
        return _files[key] = builder.AddFile(new ProfileFile
        {
            Path = path,
            Device = key.Device,
            Inode = key.Inode,
            Generation = key.Generation,
            KernelDevice = isOverlay ? key.KernelDevice : null,
            KernelInode = isOverlay ? key.KernelInode : null,
            SizeBytes = size,
            ModifiedNs = modified,
            ChangedNs = key.Changed == 0 ? null : (long)key.Changed,
            IsDeleted = (flags & StackFileRecord.DeletedFlag) != 0,
            BuildId = _earlyBuildIds.GetValueOrDefault(key),
        });
    }

    /// <summary>Memory that is shared, which the kernel makes a file of: .NET's own, and what MAP_SHARED, shmget and huge pages give. A memfd may hold a program too.</summary>
    private static bool IsJitMemory(string path) =>
        path is DotnetJitMemory or "/zero" or "/dev/zero" or "/anon_hugepage" || path.StartsWith("/SYSV", StringComparison.Ordinal);

    private static JitOwner OwnerOf(in StackProcessRecord record, ProfileProcess process)
    {
        var isInOurRoot = OwnRoot.Is(record.MountNamespace, record.RootDevice, record.RootInode);
        var innermostPid = process.NamespacePids is [.., var inner] ? inner : process.Pid;
        return new JitOwner(process.Pid, innermostPid, record.User, process.StartNs, record.StartStack, isInOurRoot);
    }

    private int Vdso() => _vdso >= 0 ? _vdso : _vdso = builder.AddFile(new ProfileFile { Kind = ProfileFileKind.Vdso, Path = "[vdso]", BuildId = VdsoImage.OwnBuildId });

    private static string PathUnknown(in StackFileKey key) => FormattableString.Invariant($"[inode {key.Inode}]");

    private static string TextOf(ReadOnlySpan<ulong> comm)
    {
        var bytes = MemoryMarshal.AsBytes(comm);
        var end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }

    private static string? CommandLineOf(in StackProcessRecord record)
    {
        // SAFETY: the bytes are in the record, and the length is cut to them.
        fixed (byte* bytes = record.CommandLine)
        {
            var line = new ReadOnlySpan<byte>(bytes, (int)Math.Min(record.CommandLineLength, StackProcessRecord.MostArguments)).TrimEnd((byte)0);
            return line.IsEmpty ? null : Encoding.UTF8.GetString(line).Replace('\0', ' ');
        }
    }

    private static string? CgroupOf(in StackProcessRecord record)
    {
        // SAFETY: so many pieces are in the record.
        fixed (byte* bytes = record.CgroupPath)
        {
            var path = "";
            for (var piece = 0; piece < Math.Min(record.CgroupLength, StackProcessRecord.MostCgroups); piece++)
            {
                var name = new ReadOnlySpan<byte>(bytes + (piece * StackProcessRecord.CgroupPiece), StackProcessRecord.CgroupPiece);
                var end = name.IndexOf((byte)0);
                path = $"/{Encoding.UTF8.GetString(end < 0 ? name : name[..end])}{path}";
            }

            return path.Length == 0 ? "/" : path;
        }
    }

    private static int[] NamespacePidsOf(in StackProcessRecord record)
    {
        var pids = new int[Math.Min(record.Namespaces, StackProcessRecord.MostNamespaces)];
        for (var at = 0; at < pids.Length; at++)
        {
            pids[at] = (int)record.NamespacePids[at];
        }

        return pids;
    }
}
