namespace BpfInteractive.Exited.Captures;

/// <summary>What <see cref="BrokenCapture"/> does to a leaf.</summary>
public enum Breakage
{
    /// <summary>The names of the two libraries of one layout are exchanged.</summary>
    Names,

    /// <summary>The name stays, the file is another.</summary>
    Files,

    /// <summary>The name stays, the offset in the file is 64 bytes off.</summary>
    Offsets,

    /// <summary>One mapping in fifty is forgotten.</summary>
    Mappings,

    /// <summary>One name in fifty is forgotten.</summary>
    Symbols,
}

/// <summary>A capture broken on purpose, to see that the judge notices.</summary>
public sealed class BrokenCapture(ICapture inner, Breakage breakage) : ICapture
{
    public string Name => $"{inner.Name}, broken: {breakage.ToString().ToLowerInvariant()}";

    public Task StartAsync(CancellationToken cancellationToken) => inner.StartAsync(cancellationToken);

    public async Task<CaptureResult> StopAsync(CancellationToken cancellationToken)
    {
        var result = await inner.StopAsync(cancellationToken);
        return result with { Leaves = [.. result.Leaves.Select((leaf, index) => Break(leaf, index, breakage))] };
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    /// <summary>Breaks one leaf.</summary>
    public static Leaf Break(Leaf leaf, int index, Breakage breakage) => breakage switch
    {
        Breakage.Names => leaf with { Name = leaf.Name switch { "alpha_spin" => "beta_spin", "beta_spin" => "alpha_spin", _ => leaf.Name } },
        Breakage.Files => leaf with { Path = leaf.Path?.Replace("alpha.so", "beta.so", StringComparison.Ordinal) },
        Breakage.Offsets => leaf with { FileOffset = leaf.FileOffset + 64 },
        Breakage.Mappings when index % 50 == 0 => leaf with { IsMapped = false, Name = null, Path = null, Reason = "unmapped" },
        Breakage.Symbols when index % 50 == 0 => leaf with { Name = null, Reason = "no symbol" },
        _ => leaf,
    };
}
