namespace BpfInteractive.Charts;

/// <summary>The colours of all charts: Okabe and Ito's set, which people with any kind of colour blindness tell apart, on white with dark text.</summary>
public static class Palette
{
    /// <summary>Blue: what counts, when there is one thing.</summary>
    public const string Blue = "#0072B2";

    /// <summary>Orange.</summary>
    public const string Orange = "#E69F00";

    /// <summary>Bluish green.</summary>
    public const string Green = "#009E73";

    /// <summary>Vermilion.</summary>
    public const string Vermilion = "#D55E00";

    /// <summary>Sky blue.</summary>
    public const string Sky = "#56B4E9";

    /// <summary>Reddish purple.</summary>
    public const string Purple = "#CC79A7";

    /// <summary>Yellow, for areas alone: as a line it is too light.</summary>
    public const string Yellow = "#F0E442";

    /// <summary>Grey: what the kernel maps itself, what is left over.</summary>
    public const string Grey = "#8A8F98";

    /// <summary>A pale grey: what is there and means little.</summary>
    public const string Pale = "#D9DCE1";

    /// <summary>Text.</summary>
    public const string Ink = "#1F2328";

    /// <summary>Text of second rank, axes.</summary>
    public const string SoftInk = "#57606A";

    /// <summary>The colours of a series of things, in order.</summary>
    public static IReadOnlyList<string> Series { get; } = [Blue, Orange, Green, Vermilion, Sky, Purple, Grey];

    /// <summary>The colour of a kind of VMA, by the name that the column <c>kind</c> has.</summary>
    public static string OfKind(string kind) => kind switch
    {
        "file" => Blue,
        "anon" => Orange,
        "anon-named" => Yellow,
        "heap" => Vermilion,
        "stack" => Green,
        "shm" => Sky,
        "memfd" => Purple,
        "reserved" => Pale,
        _ => Grey,
    };
}
