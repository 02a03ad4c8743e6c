namespace BpfInteractive.Cli.Profiling;

/// <summary>One run of <c>bpfi profile</c>, from the first sample to the file.</summary>
internal static class ProfileRun
{
    internal static async Task<int> RunAsync(ProfileRequest request, CancellationToken interrupted)
    {
        request.Validate();
        var output = new ProfileOutput(request);
        var earlier = request.Compare is null ? null : await ProfileOutput.OpenAsync(request.Compare).ConfigureAwait(false);
        var profile = request.Open is { } path
            ? await ProfileOutput.OpenAsync(path).ConfigureAwait(false)
            : await SampleAsync(request, interrupted).ConfigureAwait(false);
        profile = request.NoSymbols ? profile : await NamedAsync(profile, request.Lines, interrupted).ConfigureAwait(false);
        earlier = earlier is null ? null : await NamedAsync(earlier, request.Lines, interrupted).ConfigureAwait(false);
        if (request.ToFilter() is { } filter)
        {
            profile = profile.Filter(filter);
            earlier = earlier?.Filter(filter);
        }

        await (earlier is null ? output.WriteAsync(profile) : output.WriteAsync(earlier.DifferenceTo(profile))).ConfigureAwait(false);
        await TellAsync(profile, output).ConfigureAwait(false);
        return ExitCode.Done;
    }

    /// <summary>How well the profile is known, and where it is.</summary>
    internal static async Task TellAsync(Profile profile, ProfileOutput output)
    {
        foreach (var line in profile.Info.Notes.Concat(profile.Summarize().ToLines()))
        {
            await Console.Error.WriteLineAsync($"bpfi: {line}").ConfigureAwait(false);
        }

        if (output.Path is { } written)
        {
            await Console.Error.WriteLineAsync($"bpfi: {written} has the profile{(output.IsParquet ? $"; bpfi profile --open {written} shows it" : "")}").ConfigureAwait(false);
        }
    }

    /// <summary>Ctrl-C, the time, or the target's own end: each ends it, and what was got is kept.</summary>
    private static async Task<Profile> SampleAsync(ProfileRequest request, CancellationToken interrupted)
    {
        var options = request.ToOptions();
        options.Validate();
        var live = await Task.Run(() => Profiler.Start(options), interrupted).ConfigureAwait(false);
        await using var closing = live.ConfigureAwait(false);
        if (options.Command is null)
        {
            await Console.Error.WriteLineAsync($"bpfi: sampling {TargetOf(options)} {(options.Duration is { } time ? FormattableString.Invariant($"for {time.TotalSeconds:0.###} s") : "until Ctrl-C")}").ConfigureAwait(false);
        }

        using (new Progress(live, isShown: !Console.IsErrorRedirected && options.Command is null))
        {
            try
            {
                await live.WaitForEndAsync(options.Duration, interrupted).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
            {
                // The end that was asked for.
            }
        }

        var profile = await live.StopAsync().ConfigureAwait(false);
        if (live.ExitStatus is { } status and not 0)
        {
            await Console.Error.WriteLineAsync($"bpfi: {options.Command![0]} ended with status {status}").ConfigureAwait(false);
        }

        return profile;
    }

    // A capture may come without names, from another machine say; files here are compared with those it saw, so that no name is a guess.
    private static async Task<Profile> NamedAsync(Profile profile, bool lines, CancellationToken token) =>
        profile.Names.Columns.Values<byte>("reason").Contains((byte)FrameReason.NotLookedUp) || (lines && !profile.Names.Columns.TryGet("why_no_lines", out _))
            ? await new Symbolizer(new SymbolizerOptions { Lines = lines }).NameMissingAsync(profile, token).ConfigureAwait(false)
            : profile;

    private static string TargetOf(ProfilerOptions options) => options switch
    {
        { Pid: { } pid } => $"process {pid}",
        { Tid: { } tid } => $"thread {tid}",
        { Cgroup: { } cgroup } => $"cgroup {cgroup}",
        _ => "all CPUs",
    };
}
