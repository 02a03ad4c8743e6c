using System.Collections;

namespace BpfInteractive;

/// <summary>One counter of things that happened and are not in the data.</summary>
/// <param name="Name">A short stable name: <c>ring-full</c>, <c>short-records</c>.</param>
/// <param name="Text">What was lost and why, as a person reads it: "events dropped because the ring buffer was full".</param>
/// <param name="Count">How many.</param>
/// <param name="PerCpu">The same by CPU number, or null where it is not known.</param>
public sealed record Loss(string Name, string Text, long Count, IReadOnlyList<long>? PerCpu = null)
{
    /// <summary><c>12 events dropped because the ring buffer was full (cpu 0: 3, cpu 1: 9)</c>.</summary>
    public override string ToString()
    {
        var text = FormattableString.Invariant($"{Count:N0} {Text}");
        if (PerCpu is not { Count: > 1 })
        {
            return text;
        }

        var cpus = PerCpu.Select((count, cpu) => (count, cpu)).Where(x => x.count != 0).Select(x => FormattableString.Invariant($"cpu {x.cpu}: {x.count:N0}"));
        return $"{text} ({string.Join(", ", cpus)})";
    }
}

/// <summary>
/// What a capture missed: loss is data, and travels with the columns it concerns. Counters that stand at zero are left out, so
/// <see cref="IsEmpty"/> means that nothing is known to be missing. Immutable.
/// </summary>
public sealed class Losses : IReadOnlyList<Loss>
{
    /// <summary>Nothing is known to be missing.</summary>
    public static readonly Losses None = new([]);

    private readonly Loss[] _losses;

    private Losses(Loss[] losses) => _losses = losses;

    /// <summary>Makes the losses of a capture; equal names are added up and zeros left out.</summary>
    public static Losses Of(params IEnumerable<Loss> losses)
    {
        ArgumentNullException.ThrowIfNull(losses);
        var byName = new List<Loss>();
        foreach (var loss in losses)
        {
            if (loss.Count == 0)
            {
                continue;
            }

            var at = byName.FindIndex(other => other.Name == loss.Name);
            if (at < 0)
            {
                byName.Add(loss);
            }
            else
            {
                byName[at] = Sum(byName[at], loss);
            }
        }

        return byName.Count == 0 ? None : new Losses([.. byName]);
    }

    /// <summary>Whether nothing is known to be missing.</summary>
    public bool IsEmpty => _losses.Length == 0;

    /// <summary>The sum of all counters.</summary>
    public long Total => _losses.Sum(loss => loss.Count);

    /// <inheritdoc/>
    public int Count => _losses.Length;

    /// <inheritdoc/>
    public Loss this[int index] => _losses[index];

    /// <summary>The count under a name; 0 when nothing was lost under it.</summary>
    public long this[string name] => _losses.FirstOrDefault(loss => loss.Name == name)?.Count ?? 0;

    /// <summary>These losses and others, equal names added up.</summary>
    public Losses Plus(params IEnumerable<Loss> others) => Of(_losses.Concat(others));

    /// <inheritdoc/>
    public IEnumerator<Loss> GetEnumerator() => ((IEnumerable<Loss>)_losses).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary><c>lost: 12 events dropped because the ring buffer was full</c>; empty when nothing was lost.</summary>
    public override string ToString() => IsEmpty ? "" : $"lost: {string.Join("; ", (IEnumerable<Loss>)_losses)}";

    private static Loss Sum(Loss a, Loss b)
    {
        IReadOnlyList<long>? perCpu = null;
        if (a.PerCpu is not null && b.PerCpu is not null)
        {
            var cpus = new long[Math.Max(a.PerCpu.Count, b.PerCpu.Count)];
            for (var cpu = 0; cpu < cpus.Length; cpu++)
            {
                cpus[cpu] = a.PerCpu.ElementAtOrDefault(cpu) + b.PerCpu.ElementAtOrDefault(cpu);
            }

            perCpu = cpus;
        }

        return a with { Count = a.Count + b.Count, PerCpu = perCpu };
    }
}
