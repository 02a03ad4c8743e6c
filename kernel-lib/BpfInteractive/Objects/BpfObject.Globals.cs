using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>Global variables of a loaded object.</summary>
public sealed partial class BpfObject
{
    private readonly Dictionary<string, SectionMemory> _sections = new(StringComparer.Ordinal);

    /// <summary>The global variables, by name: read and set while the programs run.</summary>
    public NamedList<BpfGlobal> Globals { get; }

    /// <summary>The mapped section of a variable; made when it is first asked for, and freed with the object.</summary>
    internal SectionMemory MemoryOf(GlobalVariable variable)
    {
        ThrowIfDisposed();
        lock (_sections)
        {
            if (!_sections.TryGetValue(variable.Section, out var memory))
            {
                var map = Maps[variable.Section];
                using var lease = map.Borrow();
                memory = SectionMemory.TryMap(map.Fd, map.ValueSize, !variable.IsReadOnly)
                    ?? throw new BpfException("map", $"section '{variable.Section}' of object '{Name}'", Errno.Last, null, "kernels before 5.5 cannot; read the map of that name instead");
                Own(memory);
                _sections.Add(variable.Section, memory);
            }

            return memory;
        }
    }

    private IEnumerable<BpfGlobal> EnumerateGlobals(IReadOnlyList<GlobalVariable> variables) =>
        variables.Where(variable => Maps.TryGet(variable.Section, out _)).Select(variable => new BpfGlobal(this, variable));
}
