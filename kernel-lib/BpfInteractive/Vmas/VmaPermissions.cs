namespace BpfInteractive;

/// <summary>What may be done with the memory of a VMA, and whether writes are shared.</summary>
[Flags]
public enum VmaPermissions
{
    /// <summary>Nothing: a guard or a reserved range (<c>---p</c>).</summary>
    None = 0,

    /// <summary>Read (<c>r</c>).</summary>
    Read = 1,

    /// <summary>Write (<c>w</c>).</summary>
    Write = 2,

    /// <summary>Execute (<c>x</c>).</summary>
    Execute = 4,

    /// <summary>Writes are shared with others who map the same (<c>s</c>); otherwise they are private (<c>p</c>).</summary>
    Shared = 8,
}

/// <summary>The four letters of /proc/PID/maps.</summary>
internal static class VmaPermissionText
{
    internal static readonly string[] All = [.. Enumerable.Range(0, 16).Select(Compose)];

    internal static string Of(VmaPermissions permissions) => All[(int)permissions & 15];

    /// <summary>Reads four letters; false when they are anything else.</summary>
    internal static bool TryParse(ReadOnlySpan<byte> letters, out int permissions)
    {
        permissions = 0;
        if (letters.Length != 4)
        {
            return false;
        }

        for (var at = 0; at < 4; at++)
        {
            if (letters[at] == "rwxs"u8[at])
            {
                permissions |= 1 << at;
            }
            else if (letters[at] != "---p"u8[at])
            {
                return false;
            }
        }

        return true;
    }

    private static string Compose(int permissions) => string.Create(4, permissions, static (text, bits) =>
    {
        for (var at = 0; at < 4; at++)
        {
            text[at] = (bits & (1 << at)) != 0 ? "rwxs"[at] : "---p"[at];
        }
    });
}
