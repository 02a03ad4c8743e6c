using System.Globalization;

namespace BpfInteractive;

/// <summary>Where in a value one is, for messages: "member 'addr[2]' of a key of map 'flows'". Made into text only when something is wrong.</summary>
/// <param name="Outer">What holds this, or null.</param>
/// <param name="Step">".pid", "[2]"; of the outermost what the whole is called.</param>
internal sealed record BtfPath(BtfPath? Outer, string Step)
{
    internal static BtfPath Root(string subject) => new(null, subject);

    internal BtfPath Member(string name) => new(this, "." + name);

    internal BtfPath Element(int index) => new(this, string.Create(CultureInfo.InvariantCulture, $"[{index}]"));

    /// <summary>"global 'list'[1]", "member 'pid' of a key of map 'counts'".</summary>
    public override string ToString() => Steps() is ['.', .. var member] ? $"member '{member}' of {Whole()}" : Whole() + Steps();

    private string Whole() => Outer?.Whole() ?? Step;

    private string Steps() => Outer is null ? "" : Outer.Steps() + Step;
}
