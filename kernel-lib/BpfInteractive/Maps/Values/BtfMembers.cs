using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace BpfInteractive;

/// <summary>The members that a caller gave for a struct: by name, or by position for a tuple.</summary>
internal sealed class BtfMembers
{
    private readonly Dictionary<string, object?>? _byName;
    private readonly ITuple? _byPosition;

    private BtfMembers(Dictionary<string, object?>? byName, ITuple? byPosition)
    {
        _byName = byName;
        _byPosition = byPosition;
    }

    internal int Count => _byName?.Count ?? _byPosition!.Length;

    internal IEnumerable<string> Names => _byName?.Keys ?? Enumerable.Empty<string>();

    /// <summary>Null when the value has no members: a number, text, an array.</summary>
    internal static BtfMembers? Of(object? value) => value switch
    {
        null or IConvertible or Array => null,
        IEnumerable<KeyValuePair<string, object?>> pairs => new(new Dictionary<string, object?>(pairs, StringComparer.Ordinal), null),
        IDictionary pairs => new(pairs.Keys.Cast<object>().ToDictionary(key => key.ToString()!, key => pairs[key], StringComparer.Ordinal), null),
        ITuple tuple => new(null, tuple),
        IEnumerable => null,
        _ => new(FromObject(value), null),
    };

    internal bool Has(string name) => _byName?.ContainsKey(name) ?? true;

    /// <summary>The member of a name; of a tuple the next one.</summary>
    internal bool TryGet(string name, int position, out object? value)
    {
        if (_byName is not null)
        {
            return _byName.TryGetValue(name, out value);
        }

        value = position < _byPosition!.Length ? _byPosition[position] : null;
        return position < _byPosition.Length;
    }

    [UnconditionalSuppressMessage(
        "Trimming", "IL2075", Justification = "A property that trimming took away is a missing member, and every member must be given: it throws and names it.")]
    private static Dictionary<string, object?> FromObject(object value)
    {
        var members = new Dictionary<string, object?>(StringComparer.Ordinal);
        var type = value.GetType();
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.CanRead && property.GetIndexParameters().Length == 0)
            {
                members[property.Name] = property.GetValue(value);
            }
        }

        foreach (var field in type.GetFields(BindingFlags.Public | BindingFlags.Instance))
        {
            members[field.Name] = field.GetValue(value);
        }

        return members;
    }
}
