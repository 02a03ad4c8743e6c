using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>Which Linux security modules are active: by lsm_list_modules(2) (Linux 6.8), else by securityfs.</summary>
internal static unsafe class SecurityModules
{
    private const int ListModules = 461;
    private const string SecurityFsFile = "/sys/kernel/security/lsm";

    // include/uapi/linux/lsm.h
    private static readonly Dictionary<ulong, string> Names = new()
    {
        [100] = "capability",
        [101] = "selinux",
        [102] = "smack",
        [103] = "tomoyo",
        [104] = "apparmor",
        [105] = "yama",
        [106] = "loadpin",
        [107] = "safesetid",
        [108] = "lockdown",
        [109] = "bpf",
        [110] = "landlock",
        [111] = "ima",
        [112] = "evm",
        [113] = "ipe",
    };

    /// <summary>The active modules' names, or null when this machine does not tell.</summary>
    internal static string[]? Active { get; } = Read();

    /// <summary>Whether a module is active; null when this machine does not tell.</summary>
    internal static bool? IsActive(string name) => Active is null ? null : Array.IndexOf(Active, name) >= 0;

    private static string[]? Read()
    {
        if (File.Exists(SecurityFsFile))
        {
            return File.ReadAllText(SecurityFsFile).Trim().Split(',');
        }

        // SAFETY: the kernel writes at most the told number of bytes and then tells how many.
        var ids = stackalloc ulong[32];
        var size = 32u * sizeof(ulong);
        var count = Libc.syscall(ListModules, (nint)ids, (nint)(&size), 0, 0, 0, 0);
        return count < 0
            ? null
            : [.. new ReadOnlySpan<ulong>(ids, (int)count).ToArray().Select(id => Names.GetValueOrDefault(id, $"lsm {id}"))];
    }
}
