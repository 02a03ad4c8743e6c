namespace BpfInteractive.Charts;

/// <summary>A range of addresses to draw: one VMA, a part of one, or many that are too narrow to be seen alone.</summary>
/// <param name="Start">The first address.</param>
/// <param name="End">The address after the last.</param>
/// <param name="Category">What its colour says.</param>
/// <param name="Hover">What is shown under the pointer, as Plotly's markup.</param>
/// <param name="Path">The file or the name; null if there is none, or it stands for many.</param>
/// <param name="Count">How many VMAs it stands for.</param>
/// <param name="Low">Where in the height of its row it begins: blocks of several categories that are drawn together share it by their sizes.</param>
/// <param name="Height">Its part of the row's height.</param>
internal readonly record struct AddressBlock(ulong Start, ulong End, string Category, string Hover, string? Path = null, int Count = 1, double Low = 0, double Height = 1)
{
    internal ulong Size => End - Start;
}

/// <summary>A stretch of address space that is drawn as one row, to scale in itself.</summary>
internal sealed record AddressRow(IReadOnlyList<AddressBlock> Blocks)
{
    internal ulong Start => Blocks[0].Start;

    /// <summary>The greatest end: what was unmapped may lie over what was mapped there since.</summary>
    internal ulong End { get; } = Blocks.Max(block => block.End);

    internal ulong Span => End - Start;

    internal int VmaCount => Blocks.Sum(block => block.Count);
}
