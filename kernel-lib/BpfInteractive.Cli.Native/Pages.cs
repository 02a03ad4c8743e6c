using System.Diagnostics;

namespace BpfInteractive.Cli.Profiling
{
    /// <summary>In place of the tool's class of this name: the chart library stays out of this program, which gives away what asks for a page before it begins.</summary>
    internal static class ProfilePage
    {
        internal static Task WriteFlameGraphAsync(Profile profile, string? path) => throw new UnreachableException(path);

        internal static Task WriteDifferenceAsync(ProfileDifference difference, string? path) => throw new UnreachableException(path);

        internal static Task WriteHeatMapAsync(Profile profile, string? path) => throw new UnreachableException(path);
    }
}

namespace BpfInteractive.Cli.Output
{
    /// <summary>In place of the tool's class of this name, as <see cref="Profiling.ProfilePage"/> is.</summary>
    internal static class VmasPage
    {
        internal static Task WriteAsync(VmaSnapshot snapshot, string? path) => throw new UnreachableException(path);

        internal static Task WriteAsync(Columns engines, string? path) => throw new UnreachableException(path);
    }
}
