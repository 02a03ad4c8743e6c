using System.Diagnostics;

namespace BpfInteractive.Cli.Tracing;

/// <summary>One run of <c>bpfi trace</c>, from the file to the counts at its end.</summary>
internal static class TraceRun
{
    internal static async Task<int> RunAsync(TraceRequest request, CancellationToken interrupted)
    {
        var (program, ignoresSelf) = await LoadAsync(request, interrupted).ConfigureAwait(false);
        await using var closing = program.ConfigureAwait(false);
        using var output = new TraceOutput(request.Format);
        var buffers = program.Maps.Where(map => !map.IsInternal).Select(map => BufferOf(program, map)).OfType<RecordBuffer>().ToList();
        var links = program.Attach();
        var watch = Stopwatch.StartNew();
        await Console.Error.WriteLineAsync(Started(program, links.Count, request, ignoresSelf)).ConfigureAwait(false);

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(interrupted, output.Closed);
        if (request.Duration is { } duration)
        {
            ending.CancelAfter(duration);
        }

        await FollowAsync(buffers, output, ending.Token).ConfigureAwait(false);
        var elapsed = watch.Elapsed;
        foreach (var link in links)
        {
            await link.DisposeAsync().ConfigureAwait(false);
        }

        foreach (var buffer in buffers)
        {
            output.WriteEvents(buffer, buffer.Drain());
        }

        TraceMaps.Write(program, output);
        output.Complete(elapsed);
        return ExitCode.Done;
    }

    private static async Task<(BpfObject Program, bool IgnoresSelf)> LoadAsync(TraceRequest request, CancellationToken cancellationToken)
    {
        using var open = request.File.EndsWith(".o", StringComparison.Ordinal)
            ? OpenBpfObject.OpenFile(request.File)
            : await CompileAsync(request, cancellationToken).ConfigureAwait(false);
        TraceVariables.Set(open, request);
        var ignoresSelf = TraceVariables.IgnoresSelf(open, request);
        return (await open.LoadAsync(cancellationToken).ConfigureAwait(false), ignoresSelf);
    }

    private static async Task<OpenBpfObject> CompileAsync(TraceRequest request, CancellationToken cancellationToken)
    {
        var options = new CompilerOptions { IncludeDirectories = request.IncludeDirectories, Defines = request.Defines };
        var compiled = await BpfCompiler.CompileFileAsync(request.File, options, cancellationToken).ConfigureAwait(false);
        foreach (var finding in compiled.Diagnostics)
        {
            await Console.Error.WriteLineAsync(finding.ToString()).ConfigureAwait(false);
        }

        return OpenBpfObject.Open(compiled.Object, NameOf(request.File));
    }

    // Before attaching, so that no event is missed.
    private static RecordBuffer? BufferOf(BpfObject program, BpfMap map) => map.Type switch
    {
        BpfMapType.RingBuffer => program.RingBuffer(map.Name),
        BpfMapType.PerfEventArray => program.PerfBuffer(map.Name),
        _ => null,
    };

    private static async Task FollowAsync(List<RecordBuffer> buffers, TraceOutput output, CancellationToken ending)
    {
        try
        {
            if (buffers.Count == 0)
            {
                await Task.Delay(Timeout.Infinite, ending).ConfigureAwait(false);
            }

            await Task.WhenAll(buffers.Select(buffer => FollowAsync(buffer, output, ending))).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The end that was asked for.
        }
    }

    private static async Task FollowAsync(RecordBuffer buffer, TraceOutput output, CancellationToken ending)
    {
        await foreach (var batch in buffer.ReadBatchesAsync(cancellationToken: ending).ConfigureAwait(false))
        {
            output.WriteEvents(buffer, batch);
        }
    }

    private static string Started(BpfObject program, int links, TraceRequest request, bool ignoresSelf)
    {
        var until = request.Duration is { } duration ? FormattableString.Invariant($"for {duration.TotalSeconds:0.###} s") : "until Ctrl-C";
        return $"bpfi: {program.Name}: {links} program{(links == 1 ? "" : "s")} attached, {until}{(ignoresSelf ? "; bpfi's own events are left out (--include-self shows them)" : "")}";
    }

    private static string NameOf(string file)
    {
        var name = Path.GetFileName(file);
        return name.Contains('.', StringComparison.Ordinal) ? name[..name.IndexOf('.', StringComparison.Ordinal)] : name;
    }
}
