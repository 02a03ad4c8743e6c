using System.Reflection;

namespace BpfInteractive.Scripting;

/// <summary>A variable of a session.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its declared type.</param>
/// <param name="Cell">The cell that declared it.</param>
/// <param name="Value">Its value now.</param>
public sealed record CellVariable(string Name, Type Type, string Cell, object? Value);

/// <summary>The variables that a session's cells declared; of those of one name the last. Thread-safe.</summary>
internal sealed class CellVariables
{
    private readonly Dictionary<string, (object State, FieldInfo Field, string Cell)> _variables = new(StringComparer.Ordinal);

    /// <summary>The variables and their values, by name.</summary>
    internal IReadOnlyList<CellVariable> All
    {
        get
        {
            lock (_variables)
            {
                return [.. _variables.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => Read(entry.Key, entry.Value))];
            }
        }
    }

    /// <summary>Adds the variables of a submission that ran, and gives the values of those that they replace.</summary>
    /// <param name="state">The submission's object; null when it had no statement.</param>
    /// <param name="cell">The cell's name.</param>
    internal IReadOnlyList<object> Declare(object? state, string cell)
    {
        if (state is null)
        {
            return [];
        }

        var replaced = new List<object>();
        lock (_variables)
        {
            foreach (var field in state.GetType().GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                if (field.Name.StartsWith('<'))
                {
                    continue; // The compiler's own: references to the submissions before it.
                }

                if (_variables.TryGetValue(field.Name, out var old) && Read(field.Name, old).Value is { } value)
                {
                    replaced.Add(value);
                }

                _variables[field.Name] = (state, field, cell);
            }
        }

        return replaced;
    }

    private static CellVariable Read(string name, (object State, FieldInfo Field, string Cell) variable) =>
        new(name, variable.Field.FieldType, variable.Cell, variable.Field.GetValue(variable.State));
}
