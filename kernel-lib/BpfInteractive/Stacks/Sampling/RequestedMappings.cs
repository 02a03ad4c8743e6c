namespace BpfInteractive;

/// <summary>
/// The fallback: takes a process's executable mappings from user space when the kernel's side asks for them, as one snapshot with the best engine there is. A process
/// that is gone by then stays without.
/// </summary>
internal sealed class RequestedMappings(ProfileBuilder builder, SampledCode code)
{
    private readonly Dictionary<ulong, long> _taken = [];
    private readonly Dictionary<(string Device, ulong Inode, string? Path), int> _files = [];

    /// <summary>Processes that were gone, or refused, when their mappings were to be taken.</summary>
    internal long Missed { get; private set; }

    /// <summary>The engine that took the last snapshot.</summary>
    internal VmaEngine Engine { get; private set; }

    /// <summary>Takes this process's own mappings for nothing: choosing and loading an engine takes longer than many a process lives.</summary>
    internal void WarmUp()
    {
        try
        {
            Engine = Vmas.Of(Environment.ProcessId, new VmaOptions { ExecutableOnly = true }).Engine;
        }
        catch (BpfException)
        {
            // Told for each process that is asked for.
        }
    }

    /// <summary>Takes the mappings of a process, unless that was done after it was asked for.</summary>
    internal void Take(in StackRequestRecord request)
    {
        var mm = builder.AddMm(request.Fact.Mm);
        if (_taken.TryGetValue(request.Fact.Mm, out var time) && time >= (long)request.Fact.Time)
        {
            return;
        }

        try
        {
            var now = Clocks.MonotonicNs;
            var snapshot = Vmas.Of((int)request.Pid, new VmaOptions { ExecutableOnly = true });
            Engine = snapshot.Engine;
            _taken[request.Fact.Mm] = now;
            builder.AddSnapshot(mm, (long)request.Fact.Time, MappingsOf(snapshot, mm, (int)request.Pid));
        }
        catch (BpfException)
        {
            Missed++;
            builder.SetWhyUnmapped(mm, FrameReason.NoSnapshot);
        }
    }

    private ProfileMapping[] MappingsOf(VmaSnapshot snapshot, int mm, int pid)
    {
        var mappings = new List<ProfileMapping>();
        var columns = snapshot.Columns;
        foreach (var vma in snapshot)
        {
            mappings.Add(new ProfileMapping(vma.Start, vma.End, vma.Offset, FileOf(vma, columns, mappings.Count, mm, pid), vma.Permissions));
        }

        return [.. mappings];
    }

    private int FileOf(Vma vma, Columns columns, int row, int mm, int pid)
    {
        if (vma.Kind is VmaKind.Vdso)
        {
            return builder.AddFile(new ProfileFile { Kind = ProfileFileKind.Vdso, Path = "[vdso]", BuildId = VdsoImage.OwnBuildId });
        }

        if (vma.Inode == 0 || vma.Path == CaptureWriter.DotnetJitMemory)
        {
            code.OnJit(mm);
            return -1;
        }

        if (vma.Path is { } path && DotnetProcesses.IsImage(path))
        {
            code.OnDotnetImage(mm);
        }

        var key = (vma.Device, vma.Inode, vma.Path);
        if (!_files.TryGetValue(key, out var number))
        {
            number = builder.AddFile(new ProfileFile
            {
                Path = vma.Path ?? FormattableString.Invariant($"[inode {vma.Inode}]"),
                Device = DeviceOf(vma.Device),
                Inode = vma.Inode,
                Generation = vma.Generation,
                KernelDevice = columns.Text("kernel_dev")[row] is { } device ? DeviceOf(device) : null,
                KernelInode = columns.Nullable<ulong>("kernel_inode", row),
                IsDeleted = vma.IsDeleted,
                BuildId = vma.BuildId is { } id ? BuildId.Parse(id) : default,
            });
            _files.Add(key, number);
            code.OnFile(number, pid, vma.Start, vma.End);
        }

        return number;
    }

    // "fe:01" as the kernel packs it: major in the upper 12 bits, minor in the lower 20.
    private static uint DeviceOf(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var major = uint.Parse(text.AsSpan(0, colon), System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture);
        var minor = uint.Parse(text.AsSpan(colon + 1), System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture);
        return (major << 20) | minor;
    }
}
