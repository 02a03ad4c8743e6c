namespace BpfInteractive;

/// <summary>The samples of a capture that goes on: columns, with the stacks still as addresses.</summary>
internal sealed class RawSamples
{
    private readonly ColumnsBuilder _rows = new("samples");
    private readonly ColumnBuilder<long> _times;
    private readonly ColumnBuilder<int> _cpus;
    private readonly ColumnBuilder<int> _threads;
    private readonly ColumnBuilder<long> _values;
    private readonly ColumnBuilder<long> _periods;
    private readonly ColumnBuilder<byte> _flags;
    private readonly ColumnBuilder<int> _mms = new("mm");
    private readonly ColumnBuilder<long> _mappingTimes = new("mappings_ns");
    private readonly ColumnBuilder<int> _userStacks = new("user");
    private readonly ColumnBuilder<int> _kernelStacks = new("kernel");

    internal RawSamples()
    {
        _times = _rows.Add<long>("time", ColumnFormat.Nanoseconds);
        _cpus = _rows.Add<int>("cpu");
        _threads = _rows.Add<int>("thread");
        _values = _rows.Add<long>("value");
        _periods = _rows.Add<long>("period");
        _flags = _rows.Add<byte>("flags");
    }

    private readonly HashSet<long> _refusals = [];

    internal int Count => _times.Count;

    internal void AddRefusal(long timeNs) => _refusals.Add(timeNs);

    internal void Add(in ProfileSample sample, int userStack, int kernelStack)
    {
        _times.Append(sample.TimeNs);
        _cpus.Append(sample.Cpu);
        _threads.Append(sample.Thread);
        _values.Append(sample.Value);
        _periods.Append(sample.Period);
        _flags.Append((byte)sample.Flags);
        _mms.Append(sample.Mm);
        _mappingTimes.Append(sample.MappingsNs == 0 ? sample.TimeNs : sample.MappingsNs);
        _userStacks.Append(userStack);
        _kernelStacks.Append(kernelStack);
    }

    /// <summary>The samples with their stacks as locations.</summary>
    internal Columns Resolve(StackResolver resolver)
    {
        var user = new int[Count];
        var kernel = new int[Count];
        var flags = _flags.ToColumn().Values.ToArray();
        var mms = _mms.ToColumn().Values;
        var times = _mappingTimes.ToColumn().Values;
        var rawUser = _userStacks.ToColumn().Values;
        var rawKernel = _kernelStacks.ToColumn().Values;
        for (var row = 0; row < user.Length; row++)
        {
            var isRefused = _refusals.Contains(times[row]);
            flags[row] |= isRefused ? (byte)SampleFlags.LookupRefused : (byte)0;
            kernel[row] = resolver.Resolve(ProfileBuilder.KernelMm, rawKernel[row], times[row], out _);
            user[row] = mms[row] < 0 ? RawStacks.None
                : isRefused ? resolver.ResolveRefused(mms[row], rawUser[row])
                : resolver.Resolve(mms[row], rawUser[row], times[row], out var isBroken) | Mark(flags, row, isBroken);
        }

        return new Columns(
            "samples",
            [
                _times.ToColumn(), _cpus.ToColumn(), _threads.ToColumn(), new Column<int>("user_stack", user), new Column<int>("kernel_stack", kernel),
                _values.ToColumn(), _periods.ToColumn(), new Column<byte>("flags", flags),
            ]);
    }

    // Gives 0, which changes nothing.
    private static int Mark(byte[] flags, int row, bool isBroken)
    {
        flags[row] |= isBroken ? (byte)SampleFlags.UserBroken : (byte)0;
        return 0;
    }
}
