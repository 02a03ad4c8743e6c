using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace BpfInteractive;

/// <summary>Things of an object in the order of the file, by position and by name. It does not change once made.</summary>
/// <typeparam name="T">What is listed: programs, maps, globals.</typeparam>
public sealed class NamedList<T> : IReadOnlyList<T>
    where T : class
{
    private readonly T[] _items;
    private readonly Dictionary<string, T> _byName;
    private readonly string _noun;
    private readonly string _owner;

    internal NamedList(IEnumerable<T> items, Func<T, string> nameOf, string noun, string owner)
    {
        _items = [.. items];
        _byName = new Dictionary<string, T>(_items.Length, StringComparer.Ordinal);
        _noun = noun;
        _owner = owner;
        foreach (var item in _items)
        {
            _byName.TryAdd(nameOf(item), item);
        }
    }

    /// <summary>How many there are.</summary>
    public int Count => _items.Length;

    /// <summary>The names, in the order of the file.</summary>
    public IReadOnlyCollection<string> Names => _byName.Keys;

    /// <summary>The one at a position.</summary>
    /// <param name="index">From 0.</param>
    public T this[int index] => _items[index];

    /// <summary>The one of a name.</summary>
    /// <param name="name">Its name in the C source.</param>
    /// <exception cref="ArgumentException">There is none; the message names the nearest.</exception>
    public T this[string name] =>
        TryGet(name, out var item)
            ? item
            : throw new ArgumentException($"{_owner} has no {_noun} '{name}'; {NearestName.Advice(name, _byName.Keys, _noun + "s")}", nameof(name));

    /// <summary>The one of a name, if there is one.</summary>
    /// <param name="name">Its name in the C source.</param>
    /// <param name="item">The one found.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryGet(string name, [MaybeNullWhen(false)] out T item)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _byName.TryGetValue(name, out item);
    }

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)_items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _items.GetEnumerator();

    /// <summary>"3 programs: a, b, c".</summary>
    public override string ToString() => $"{Count} {_noun}{(Count == 1 ? "" : "s")}: {string.Join(", ", _byName.Keys)}";
}
