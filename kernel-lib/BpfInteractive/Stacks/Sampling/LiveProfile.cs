namespace BpfInteractive;

/// <summary>A sampler that runs. Made by <see cref="Profiler.Start"/>; what it has seen so far can be read at any time.</summary>
/// <remarks>Thread-safe. Owns the programs, their events, the rings and the thread that reads them; all end with <see cref="StopAsync"/> or disposal.</remarks>
public sealed class LiveProfile : IAsyncDisposable
{
    private const int AskAgainMilliseconds = 5000;
    private readonly ProfilerOptions _options;
    private readonly SamplerObject _sampler;
    private readonly SamplerEvents? _events;
    private readonly TriggerLink? _trigger;
    private readonly LaunchedCommand? _command;
    private readonly ProfileBuilder _builder;
    private readonly CaptureWriter _writer;
    private readonly SampledCode _code;
    private readonly RequestedMappings? _requested;
    private readonly SamplerDrain _drain;
    private readonly BpfScope _scope;
    private readonly object _end = new();
    private readonly DotnetProcesses? _dotnet;
    private readonly JavaProcesses? _java;
    private Task _asking = Task.CompletedTask;
    private long _askedAt = long.MinValue / 2;
    private Task<Profile>? _stopped;
    private StackCounters _counted;
    private int _openBlocks;
    private long? _expected;
    private bool _isOver;

    private LiveProfile(ProfilerOptions options, SamplerObject sampler, SamplerEvents? events, LaunchedCommand? command)
    {
        _options = options;
        _sampler = sampler;
        _events = events;
        _trigger = options.Trigger is { } trigger ? new TriggerLink(trigger, sampler.Loaded) : null;
        _command = command;
        _builder = new ProfileBuilder(InfoAtStart());
        _dotnet = options.AskDotnet ? new DotnetProcesses(options.DotnetTiers) : null;
        _java = options.AskJava ? new JavaProcesses() : null;
        _code = new SampledCode(_builder, _dotnet, _java);
        _requested = sampler.Mode == SamplerMode.OnRequest ? new RequestedMappings(_builder, _code) : null;
        _requested?.WarmUp();
        _writer = new CaptureWriter(_builder, _code)
        {
            OnRequest = _requested is null ? null : request => _requested.Take(request),
            Copies = options.CopiesStacks ? new CopiedStacks(_builder, _code, options.Unwinding) : null,
        };
        _drain = new SamplerDrain(sampler.Loaded, _writer);
        _scope = BpfScope.Current.Adopt(this);
    }

    /// <summary>The samples so far.</summary>
    public int SampleCount => _builder.SampleCount;

    /// <summary>The processes so far.</summary>
    public int ProcessCount => _builder.ProcessCount;

    /// <summary>Whether it samples still.</summary>
    public bool IsRunning => _stopped is null;

    /// <summary>The command's exit status when it has ended; null before, and without a command.</summary>
    public int? ExitStatus { get; private set; }

    /// <summary>What the sampler has counted, for tests and for who wants to know how it works.</summary>
    internal StackCounters Counted => _isOver ? _counted : _sampler.Counted;

    internal DateTimeOffset StartedAt { get; } = DateTimeOffset.Now;

    /// <summary>"cpu-clock, 99 a second", "off-cpu".</summary>
    internal string AttachedTo => _options.Trigger?.Name ?? FormattableString.Invariant(
        $"{EventNames.Of(_options.Event)}, {(_options.PeriodOrNull is { } period ? $"each {period}" : $"{_options.Frequency ?? ProfilerOptions.DefaultFrequency} a second")}");

    internal SamplerMode Mode => _sampler.Mode;

    /// <summary>Whether a file of the profile was held open, so that its names could be had when it was gone.</summary>
    internal bool WasPinned(ProfileFile file) => _code.Pins.WasPinned(file);

    internal SamplerObject Sampler => _sampler;

    /// <summary>What has come of stacks that were copied; null when none are.</summary>
    internal UnwindCounts? Unwound => _writer.Copies?.Counts;

    /// <summary>What was seen so far, with its losses. Sampling goes on. .NET and Java processes are asked for their methods now and then meanwhile: the next snapshot has their names.</summary>
    /// <exception cref="BpfException">Reading the rings failed.</exception>
    public Profile Snapshot()
    {
        lock (_drain.Gate)
        {
            Catch();
            _code.Refresh(isEnd: false);
            if (_asking.IsCompleted && Environment.TickCount64 - _askedAt >= AskAgainMilliseconds)
            {
                _asking = AskRuntimesAsync();
            }

            return ToProfile();
        }
    }

    /// <summary>Stops sampling and gives what was seen. Called again, it gives the same.</summary>
    /// <exception cref="BpfException">Reading the rings failed.</exception>
    public Task<Profile> StopAsync()
    {
        lock (_end)
        {
            return _stopped ??= Task.Run(StopOnceAsync);
        }
    }

    /// <summary>Stops sampling; what was not taken is lost.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await StopAsync().ConfigureAwait(false);
        }
        catch (BpfException)
        {
            // Told by StopAsync to who wants the profile.
        }
    }

    internal static LiveProfile Start(ProfilerOptions options, SamplerMode? mode = null)
    {
        SamplerObject? sampler = null;
        SamplerEvents? events = null;
        LaunchedCommand? command = null;
        LiveProfile? live = null;
        try
        {
            command = options.Command is { } line ? LaunchedCommand.Start(line) : null;
            sampler = SamplerObject.Load(options, command?.Pid, mode);
            events = options.Trigger is null ? SamplerEvents.Open(options, sampler.OnEvent, command?.Pid) : null;
            live = new LiveProfile(options, sampler, events, command);
            live.Begin();
            live._scope.Attached?.Invoke(live);
            return live;
        }
        catch
        {
            live?._drain.Dispose();
            live?._code.Dispose();
            command?.Dispose();
            events?.Dispose();
            sampler?.DisposeAsync().AsTask().GetAwaiter().GetResult();
            throw;
        }
    }

    /// <summary>Waits until the time is up, or the command or the process has ended. Sampling goes on until <see cref="StopAsync"/>.</summary>
    /// <param name="duration">How long at most; null for no limit.</param>
    /// <param name="token">Ends the waiting with <see cref="OperationCanceledException"/>.</param>
    public async Task WaitForEndAsync(TimeSpan? duration, CancellationToken token = default)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(token);
        var time = Task.Delay(duration ?? Timeout.InfiniteTimeSpan, ending.Token);
        var target = WaitForTargetAsync(ending.Token);
        await Task.WhenAny(time, target).ConfigureAwait(false);
        await ending.CancelAsync().ConfigureAwait(false);
        token.ThrowIfCancellationRequested();
    }

    private void Begin()
    {
        _trigger?.Attach();
        if (_command is not null)
        {
            _command.Continue();
        }
        else
        {
            _events?.Enable();
        }
    }

    private async Task WaitForTargetAsync(CancellationToken token)
    {
        if (_command is not null)
        {
            ExitStatus = await _command.WaitForExitAsync(token).ConfigureAwait(false);
            return;
        }

        while (_options.Pid is not { } pid || ProcessId.Exists(pid))
        {
            await Task.Delay(_options.Pid is null ? Timeout.Infinite : 50, token).ConfigureAwait(false);
        }
    }

    private async Task<Profile> StopOnceAsync()
    {
        Profile profile;
        try
        {
            _events?.Disable();
            await EndTriggerAsync().ConfigureAwait(false);
            var end = Clocks.Now();
            lock (_drain.Gate)
            {
                Catch();
            }

            // Sampling is over: the answers are no part of it.
            await _asking.ConfigureAwait(false);
            await AskRuntimesAsync().ConfigureAwait(false);
            lock (_drain.Gate)
            {
                _openBlocks = _options.Trigger is { Kind: TriggerKind.OffCpu } blocks ? OpenBlocks.Take(_sampler, _writer, end.MonotonicNs, blocks.Minimum) : 0;
                _counted = _sampler.Counted;
                _isOver = true;
                _code.Refresh(isEnd: true);
                _builder.Info = _builder.Info with { End = end };
                profile = ToProfile();
            }
        }
        finally
        {
            await EndTriggerAsync().ConfigureAwait(false);
            _drain.Dispose();
            _code.Dispose();
            _command?.Dispose();
            _events?.Dispose();
            await _sampler.DisposeAsync().ConfigureAwait(false);
            _scope.Release(this);
        }

        return profile;
    }

    private Task AskRuntimesAsync()
    {
        lock (_drain.Gate)
        {
            var (owners, withoutMap) = (_code.DotnetOwners, _code.OwnersWithoutMap);
            _askedAt = Environment.TickCount64;
            var dotnet = _dotnet is null || owners.Length == 0 ? Task.CompletedTask : Task.Run(() => _dotnet.AskAsync(owners));
            var java = _java is null || withoutMap.Length == 0 ? Task.CompletedTask : Task.Run(() => _java.AskAsync(withoutMap));
            return Task.WhenAll(dotnet, java);
        }
    }

    /// <summary>Takes in what waits: in the rings, and with tasks that sleep.</summary>
    private void Catch()
    {
        if (_drain.Failure is { } failure)
        {
            throw new BpfException("read", "the sampler's rings", detail: failure.Message);
        }

        if (_isOver)
        {
            return;
        }

        PendingTasks.Finish(_sampler);
        _drain.DrainAll();
        _expected = _options is { IsClock: true, Kernel: true } ? ExpectedSamples() : null; // An event that leaves the kernel out counts its time all the same.
    }

    private Profile ToProfile()
    {
        var counted = Counted;
        _builder.Losses = SamplerLosses.Of(counted, _writer.Refusals, _writer.Strangers, _expected)
            .Plus(new Loss("processes-missed", "processes that were gone before their mappings were taken", _requested?.Missed ?? 0));
        _builder.Info = _builder.Info with { Notes = [.. Notes(counted)], RingBytes = _drain.ReadBytes, End = _isOver ? _builder.Info.End : Clocks.Now() };
        var profile = _builder.ToProfile();
        profile = _code.Name(profile, files: _options.Names, lines: _options.Lines, isEnd: _isOver);
        return RuntimeNotes.Of(profile) is { } note ? profile.WithInfo(profile.Info with { Notes = [.. profile.Info.Notes, note] }) : profile;
    }

    private ValueTask EndTriggerAsync() => _trigger?.DisposeAsync() ?? ValueTask.CompletedTask;

    private long? ExpectedSamples()
    {
        var period = _options.Period ?? 1_000_000_000ul / (ulong)(_options.Frequency ?? ProfilerOptions.DefaultFrequency);
        return _events?.Counted / (long)period;
    }

    private IEnumerable<string> Notes(StackCounters counted)
    {
        if (_options.Trigger is { Kind: TriggerKind.OffCpu } blocks)
        {
            yield return FormattableString.Invariant($"left out: blocks of less than {blocks.Minimum.TotalMicroseconds:0} us, and kernel threads");
            if (_openBlocks > 0)
            {
                yield return FormattableString.Invariant($"blocks that had not ended, and count until the sampling did: {_openBlocks:N0}");
            }
        }

        if (_options is { IsClock: true, Pid: null, Command: null, Tid: null, Cgroup: null })
        {
            yield return FormattableString.Invariant($"idle is left out: {counted.Idle:N0} samples of idle CPUs");
        }

        if (_writer.Copies?.Counts.ToNote() is { } unwound)
        {
            yield return unwound;
        }

        foreach (var refused in _java?.Notes() ?? [])
        {
            yield return refused;
        }

        if (_writer.BuildIds is { Frames: > 0 } ids)
        {
            yield return FormattableString.Invariant($"build ids came with the stacks: {100.0 * ids.Found / ids.Frames:0.0} % of {ids.Frames:N0} user frames have one");
        }

        if (SamplerModes.NoteOf(_sampler.Mode, _sampler.WhyNotDeferred, VmaEngines.NameOf(_requested?.Engine ?? VmaEngine.Auto)) is { } lost)
        {
            yield return lost;
        }
    }

    private ProfileInfo InfoAtStart() => new()
    {
        Event = _options.Trigger?.Name ?? EventNames.Of(_options.Event),
        ValueType = _options.Trigger?.Value.Type ?? (_options.IsClock ? "cpu" : EventNames.Of(_options.Event)),
        ValueUnit = _options.Trigger?.Value.Unit ?? (_options.IsClock ? "nanoseconds" : "count"),
        FrequencyHz = _options.PeriodOrNull is null ? _options.Frequency ?? ProfilerOptions.DefaultFrequency : 0,
        Period = _options.Trigger is { Kind: TriggerKind.OffCpu } ? 0 : (long)(_options.PeriodOrNull ?? 0),
        Start = Clocks.Now(),
        Host = Environment.MachineName,
        KernelRelease = SettingProbes.Read("/proc/sys/kernel/osrelease") ?? "",
        Target = _options.Target,
    };
}
