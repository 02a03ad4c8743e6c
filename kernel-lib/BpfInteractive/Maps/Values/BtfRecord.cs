using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace BpfInteractive;

/// <summary>
/// A struct or union as read by its BTF: the members by name, in the order of the source. Members of anonymous structs and unions stand among
/// the rest; of a union every member is there, each reading the same bytes its way. Immutable; equal when names and values are.
/// Prints as <c>{pid: 12, comm: "bash"}</c>.
/// </summary>
[SuppressMessage("Naming", "CA1710", Justification = "A record, which is also a dictionary of its members.")]
public sealed class BtfRecord : IReadOnlyDictionary<string, object?>, IEquatable<BtfRecord>
{
    private readonly string[] _names;
    private readonly object?[] _values;

    /// <summary>Makes a record of names and values.</summary>
    /// <param name="members">In the order they shall have.</param>
    public BtfRecord(IEnumerable<KeyValuePair<string, object?>> members)
    {
        ArgumentNullException.ThrowIfNull(members);
        var list = members.ToArray();
        _names = [.. list.Select(member => member.Key)];
        _values = [.. list.Select(member => member.Value)];
    }

    internal BtfRecord(BtfType type, string[] names, object?[] values)
    {
        Type = type;
        _names = names;
        _values = values;
    }

    /// <summary>The type as C names it: "struct event"; empty when it was not read from BTF.</summary>
    public string TypeName => Type?.ToString() ?? "";

    /// <summary>The type it was read by: it tells addresses from numbers and enums from text when the record is shown.</summary>
    internal BtfType? Type { get; }

    /// <inheritdoc/>
    public int Count => _names.Length;

    /// <inheritdoc/>
    public IEnumerable<string> Keys => _names;

    /// <inheritdoc/>
    public IEnumerable<object?> Values => _values;

    /// <summary>The value of a member.</summary>
    /// <exception cref="KeyNotFoundException">There is none of this name; the message lists those there are.</exception>
    public object? this[string key] => TryGetValue(key, out var value)
        ? value
        : throw new KeyNotFoundException($"{(TypeName.Length == 0 ? "the record" : TypeName)} has no member '{key}'; it has {string.Join(", ", _names)}");

    /// <summary>The value of a member as a type: a number converted with a check, text, a record, an array.</summary>
    /// <typeparam name="T">What the caller wants.</typeparam>
    /// <param name="name">The member.</param>
    public T Get<T>(string name) => this[name] switch
    {
        T value => value,
        IConvertible number when typeof(T).IsPrimitive => (T)Convert.ChangeType(number, typeof(T), CultureInfo.InvariantCulture),
        var other => throw new InvalidCastException($"member '{name}' is {other?.GetType().Name ?? "null"}, not {typeof(T).Name}"),
    };

    /// <inheritdoc/>
    public bool ContainsKey(string key) => Array.IndexOf(_names, key) >= 0;

    /// <inheritdoc/>
    public bool TryGetValue(string key, out object? value)
    {
        var at = Array.IndexOf(_names, key);
        value = at < 0 ? null : _values[at];
        return at >= 0;
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        for (var i = 0; i < _names.Length; i++)
        {
            yield return new(_names[i], _values[i]);
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(BtfRecord? other) =>
        other is not null && _names.AsSpan().SequenceEqual(other._names) && StructuralComparisons.StructuralEqualityComparer.Equals(_values, other._values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as BtfRecord);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        for (var i = 0; i < _names.Length; i++)
        {
            hash.Add(_names[i], StringComparer.Ordinal);
            hash.Add(StructuralComparisons.StructuralEqualityComparer.GetHashCode(_values[i] ?? 0));
        }

        return hash.ToHashCode();
    }

    /// <summary><c>{pid: 12, comm: "bash"}</c>.</summary>
    public override string ToString() => BtfValueText.Of(this, Type);
}
