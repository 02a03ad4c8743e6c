using Xunit.v3;

namespace BpfInteractive.Tests.Infrastructure;

/// <summary>Takes over a second: left out by <c>scripts/test --quick</c>.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class SlowAttribute : Attribute, ITraitAttribute
{
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("category", "slow")];
}

/// <summary>Depends on the kernel's version: also run by <c>scripts/test --guest</c> under other kernels. Such a test runs here too.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class GuestAttribute : Attribute, ITraitAttribute
{
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("category", "guest")];
}

/// <summary>Says something about an ordinary user: run once more by <c>scripts/test</c> without root and without capabilities.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class AsUserAttribute : Attribute, ITraitAttribute
{
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("category", "user")];
}

/// <summary>Counts what this process holds, at length: run by <c>scripts/test --leaks</c> and, with fewer rounds, by every whole run.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class LeaksAttribute : Attribute, ITraitAttribute
{
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("category", "leaks")];
}

/// <summary>
/// The collection of tests that nothing else may run beside: those that count this process's descriptors, change its environment, or
/// time something. Write <c>[Collection(Alone.Name)]</c> on the class.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
