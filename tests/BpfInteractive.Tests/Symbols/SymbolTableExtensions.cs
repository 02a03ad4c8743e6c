using System.Diagnostics.CodeAnalysis;

namespace BpfInteractive.Tests.Symbols;

internal static class SymbolTableExtensions
{
    /// <summary>The function of a name; a linear search.</summary>
    internal static bool TryFind(this SymbolTable table, ReadOnlySpan<byte> name, [NotNullWhen(true)] out int? index)
    {
        index = null;
        for (var i = 0; i < table.Count && index is null; i++)
        {
            index = table.NameUtf8(i).SequenceEqual(name) ? i : null;
        }

        return index is not null;
    }
}
