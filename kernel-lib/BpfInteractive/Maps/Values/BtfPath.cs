using System.Globalization;

namespace BpfInteractive;

/// <summary>Where in a value one is, for messages: "key.addr[2]". Made into text only when something is wrong.</summary>
/// <param name="Outer">What holds this, or null.</param>
/// <param name="Step">".pid", "[2]".</param>
internal sealed record BtfPath(BtfPath? Outer, string Step)
{
    internal static readonly BtfPath Root = new(null, "the value");

    internal BtfPath Member(string name) => new(this, "." + name);

    internal BtfPath Element(int index) => new(this, string.Create(CultureInfo.InvariantCulture, $"[{index}]"));

    /// <summary>"member 'pid.addr[2]'", or "the value".</summary>
    public override string ToString() => Outer is null ? Step : $"member '{Steps().TrimStart('.')}'";

    private string Steps() => Outer is null ? "" : Outer.Steps() + Step;
}
