namespace BpfInteractive;

public sealed partial class BpfMap
{
    private readonly object _ringGate = new();
    private RingState? _ringState;
    private PerfState? _perfState;

    /// <summary>What the readers of this ring share; made when it is first read, and given to the object to dispose.</summary>
    internal RingState RingState
    {
        get
        {
            lock (_ringGate)
            {
                if (_ringState is null)
                {
                    var state = new RingState(this);
                    Object?.Own(state);
                    _ringState = state;
                }

                return _ringState;
            }
        }
    }

    /// <summary>What the readers of this perf event array share; made with the pages that are first asked for.</summary>
    internal PerfState PerfState(int pages)
    {
        lock (_ringGate)
        {
            if (_perfState is null)
            {
                var state = new PerfState(this, pages);
                Object?.Own(state);
                _perfState = state;
            }

            return _perfState;
        }
    }
}
