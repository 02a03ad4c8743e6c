namespace BpfInteractive;

/// <summary>The compiled methods of Java processes that wrote no map: the processes are asked while they live.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class JavaProcesses
{
    private const int AtOnce = 4;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly object _lock = new();
    private readonly Dictionary<int, JitMap> _maps = [];
    private readonly Dictionary<int, (int Pid, string Why)> _refused = [];

    /// <summary>Asks all Java processes among those that live; what the others said before stays.</summary>
    internal Task AskAsync(IReadOnlyCollection<KeyValuePair<int, JitOwner>> owners) =>
        Parallel.ForEachAsync(owners, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (owner, _) =>
        {
            if (owner.Value.LivingFolder() is not { } folder || !HotSpotAttach.IsJava(folder))
            {
                return;
            }

            using var patience = new CancellationTokenSource(s_patience);
            var (text, why) = await HotSpotAttach.PerfMapAsync(owner.Value, patience.Token).ConfigureAwait(false);
            var map = text is null ? null : JitMap.Parse(WithoutReturnTypes(text));
            lock (_lock)
            {
                if (map is not null)
                {
                    _maps[owner.Key] = map;
                    _refused.Remove(owner.Key);
                }
                else if (!_maps.ContainsKey(owner.Key))
                {
                    _refused[owner.Key] = (owner.Value.Pid, why ?? "");
                }
            }
        });

    /// <summary>Takes "void " out of "void a.B.c(int)" in each line of a map: names as other runtimes' have them.</summary>
    internal static byte[] WithoutReturnTypes(byte[] map)
    {
        var shorter = new List<byte>(map.Length);
        for (var at = 0; at < map.Length;)
        {
            ReadOnlySpan<byte> rest = map.AsSpan(at);
            var end = rest.IndexOf((byte)'\n');
            var line = end < 0 ? rest : rest[..end];
            at += line.Length + 1;
            var name = line.IndexOf((byte)' ') is >= 0 and var first && line[(first + 1)..].IndexOf((byte)' ') is >= 0 and var second ? first + second + 2 : line.Length;
            var arguments = line[name..].IndexOf((byte)'(');
            var type = arguments > 0 ? line.Slice(name, arguments).LastIndexOf((byte)' ') + 1 : 0;
            type = type == arguments ? 0 : type; // "StubRoutines (2)" is no method
            shorter.AddRange(line[..name]);
            shorter.AddRange(line[(name + type)..]);
            if (end >= 0)
            {
                shorter.Add((byte)'\n');
            }
        }

        return [.. shorter];
    }

    /// <summary>The names of an address space's run-time code; null when nobody told.</summary>
    internal JitMap? MapOf(int mm)
    {
        lock (_lock)
        {
            return _maps.GetValueOrDefault(mm);
        }
    }

    /// <summary>Which processes told nothing, and why.</summary>
    internal IEnumerable<string> Notes()
    {
        lock (_lock)
        {
            return [.. _refused.Values.Select(refused => FormattableString.Invariant($"Java process {refused.Pid} was not asked for its methods: {refused.Why}"))];
        }
    }
}
