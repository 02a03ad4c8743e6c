namespace BpfInteractive.Charts;

/// <summary>A range of addresses to draw: one VMA, a part of one, or many that are too narrow to be seen alone.</summary>
/// <param name="Start">The first address.</param>
/// <param name="End">The address after the last.</param>
/// <param name="Category">What its colour says.</param>
/// <param name="Hover">What is shown under the pointer, as Plotly's markup.</param>
/// <param name="Count">How many VMAs it stands for.</param>
internal readonly record struct AddressBlock(ulong Start, ulong End, string Category, string Hover, int Count = 1)
{
    internal ulong Size => End - Start;
}

/// <summary>A stretch of address space that is drawn as one row, to scale in itself.</summary>
internal sealed record AddressRow(IReadOnlyList<AddressBlock> Blocks)
{
    internal ulong Start => Blocks[0].Start;

    internal ulong End => Blocks[^1].End;

    internal ulong Span => End - Start;

    internal ulong Mapped => Blocks.Aggregate(0UL, (sum, block) => sum + block.Size);

    internal int VmaCount => Blocks.Sum(block => block.Count);
}
