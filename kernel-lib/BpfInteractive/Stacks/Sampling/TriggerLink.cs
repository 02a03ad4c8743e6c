namespace BpfInteractive;

/// <summary>Attaches the sampler's program of a <see cref="SampleTrigger"/>. Owner of the link.</summary>
internal sealed class TriggerLink(SampleTrigger trigger, BpfObject loaded) : IAsyncDisposable
{
    private BpfLink? _link;

    /// <summary>The program that the trigger runs; the one for perf events without a trigger.</summary>
    internal static string ProgramOf(SampleTrigger? trigger) => trigger?.Kind switch
    {
        null => "stack_on_event",
        TriggerKind.OffCpu => "stack_on_switch",
        TriggerKind.Tracepoint => "stack_on_tracepoint",
        _ => "stack_on_uprobe",
    };

    /// <summary>Begins.</summary>
    /// <exception cref="BpfException">There is no such tracepoint, file or function.</exception>
    internal void Attach()
    {
        var program = loaded.Programs[ProgramOf(trigger)];
        _link = trigger.Kind switch
        {
            TriggerKind.OffCpu => program.AttachTrace(),
            TriggerKind.Tracepoint => program.AttachTracepoint(trigger.Place, trigger.Point),
            _ => program.AttachUprobe(trigger.Place, trigger.Point),
        };
    }

    /// <summary>Ends; afterwards the program does not run any more.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_link is { } link)
        {
            await link.DisposeAsync().ConfigureAwait(false);
        }
    }
}
