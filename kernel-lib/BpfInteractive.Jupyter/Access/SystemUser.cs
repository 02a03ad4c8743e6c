using System.Globalization;

namespace BpfInteractive.Jupyter;

/// <summary>An entry of the system's list of users.</summary>
/// <param name="Name">The login name.</param>
/// <param name="Uid">The number.</param>
/// <param name="Gid">The number of the user's first group.</param>
/// <param name="Home">The home folder.</param>
public sealed record SystemUser(string Name, uint Uid, uint Gid, string Home)
{
    /// <summary>Looks a user up by name or number.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static SystemUser Find(string nameOrNumber)
    {
        ArgumentException.ThrowIfNullOrEmpty(nameOrNumber);
        var fields = Entry("passwd", nameOrNumber) ?? throw new ArgumentException($"there is no user {nameOrNumber}");
        return new SystemUser(fields[0], Number(fields[2]), Number(fields[3]), fields[5]);
    }

    /// <summary>The names of a group's members; null when there is no such group.</summary>
    internal static string[]? MembersOf(string group) => Entry("group", group)?[3].Split(',', StringSplitOptions.RemoveEmptyEntries);

    private static string[]? Entry(string database, string key)
    {
        var (status, output, _) = SystemTool.Try(SystemTool.Need("libc-bin", "getent"), database, "--", key);
        return status == 0 ? output.TrimEnd('\n').Split(':') : null;
    }

    private static uint Number(string text) => uint.Parse(text, CultureInfo.InvariantCulture);
}
