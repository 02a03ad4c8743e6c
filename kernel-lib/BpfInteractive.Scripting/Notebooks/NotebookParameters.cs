using System.Globalization;
using BpfInteractive.Charts;
using Microsoft.CodeAnalysis.CSharp;

namespace BpfInteractive.Scripting;

/// <summary>
/// Values given to a run from outside. The cell tagged "parameters" declares them with their types and defaults; what is given is assigned in a cell behind it, as papermill does.
/// A notebook without such a cell gets them as variables before its first cell.
/// </summary>
internal static class NotebookParameters
{
    internal const string Declared = "parameters";
    internal const string Injected = "injected-parameters";

    /// <summary>The cell of assignments.</summary>
    /// <param name="given">Names and values.</param>
    /// <param name="variables">What the notebook's cell of parameters declared; null when it has none.</param>
    /// <exception cref="ArgumentException">A name is none of them, or a value does not fit its type.</exception>
    internal static NotebookCell CellOf(IReadOnlyList<(string Name, string Value)> given, IReadOnlyList<CellVariable>? variables) =>
        new("code", string.Join('\n', given.Select(entry => variables is null ? Declaration(entry.Name, entry.Value) : Assignment(entry.Name, entry.Value, variables)))) { Tags = [Injected] };

    private static string Declaration(string name, string value)
    {
        if (!SyntaxFacts.IsValidIdentifier(name))
        {
            throw new ArgumentException($"--param {name}={value}: '{name}' cannot be the name of a C# variable");
        }

        object typed = value switch
        {
            "true" or "false" => value == "true",
            _ when long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => whole is >= int.MinValue and <= int.MaxValue ? (object)(int)whole : whole,
            _ when double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real) => real,
            _ => value,
        };
        return $"var {name} = {Literal(typed)};";
    }

    private static string Assignment(string name, string value, IReadOnlyList<CellVariable> variables)
    {
        var variable = variables.FirstOrDefault(variable => variable.Name == name)
            ?? throw new ArgumentException($"--param {name}={value}: the notebook has no such parameter; it has {string.Join(", ", variables.Select(variable => variable.Name))}");
        try
        {
            return $"{name} = {Literal(Convert.ChangeType(value, variable.Type, CultureInfo.InvariantCulture))};";
        }
        catch (Exception error) when (error is FormatException or OverflowException or InvalidCastException)
        {
            throw new ArgumentException($"--param {name}={value}: the parameter is of type {TypeText.Of(variable.Type)}", error);
        }
    }

    private static string Literal(object value) => value is string or char or bool
        ? SymbolDisplay.FormatPrimitive(value, quoteStrings: true, useHexadecimalNumbers: false)!
        : $"({TypeText.Of(value.GetType())}){SymbolDisplay.FormatPrimitive(value, quoteStrings: true, useHexadecimalNumbers: false)}";
}
