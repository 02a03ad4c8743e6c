using System.Runtime.InteropServices;

namespace BpfInteractive.Interop;

/// <summary>The one funnel for native return codes: a negative errno, or null and -1 with errno set.</summary>
internal static class Errno
{
    internal const int EPERM = 1;
    internal const int ENOENT = 2;
    internal const int ESRCH = 3;
    internal const int EINTR = 4;
    internal const int E2BIG = 7;
    internal const int EBADF = 9;
    internal const int EAGAIN = 11;
    internal const int ENOMEM = 12;
    internal const int EACCES = 13;
    internal const int EFAULT = 14;
    internal const int EBUSY = 16;
    internal const int EEXIST = 17;
    internal const int EINVAL = 22;
    internal const int ENOSPC = 28;
    internal const int EOPNOTSUPP = 95;

    /// <summary>The kernel's own ENOTSUPP, which errno(3) and strerror(3) do not know (include/linux/errno.h).</summary>
    internal const int ENOTSUPP = 524;

    /// <summary>The errno of the last import marked SetLastError. Read it before anything else can change it.</summary>
    internal static int Last => Marshal.GetLastPInvokeError();

    /// <summary>Passes on a result that is not negative; throws for libbpf's negative errno.</summary>
    internal static int ThrowIfNegative(int result, string operation, string subject) =>
        result >= 0 ? result : throw new BpfException(operation, subject, -result);

    /// <summary>Passes on a result that is not -1; throws with errno otherwise.</summary>
    internal static nint ThrowIfMinusOne(nint result, string operation, string subject)
    {
        var errno = Last;
        return result != -1 ? result : throw new BpfException(operation, subject, errno);
    }

    /// <summary>"EPERM: Operation not permitted".</summary>
    internal static string Describe(int errno) => errno switch
    {
        ENOTSUPP => "ENOTSUPP: not supported by this kernel (errno 524)",
        _ when Names.TryGetValue(errno, out var name) => $"{name}: {Marshal.GetPInvokeErrorMessage(errno)}",
        _ => $"errno {errno}: {Marshal.GetPInvokeErrorMessage(errno)}",
    };

    private static readonly Dictionary<int, string> Names = new()
    {
        [1] = "EPERM",
        [2] = "ENOENT",
        [3] = "ESRCH",
        [4] = "EINTR",
        [5] = "EIO",
        [6] = "ENXIO",
        [7] = "E2BIG",
        [8] = "ENOEXEC",
        [9] = "EBADF",
        [10] = "ECHILD",
        [11] = "EAGAIN",
        [12] = "ENOMEM",
        [13] = "EACCES",
        [14] = "EFAULT",
        [16] = "EBUSY",
        [17] = "EEXIST",
        [18] = "EXDEV",
        [19] = "ENODEV",
        [20] = "ENOTDIR",
        [21] = "EISDIR",
        [22] = "EINVAL",
        [23] = "ENFILE",
        [24] = "EMFILE",
        [26] = "ETXTBSY",
        [27] = "EFBIG",
        [28] = "ENOSPC",
        [30] = "EROFS",
        [31] = "EMLINK",
        [33] = "EDOM",
        [34] = "ERANGE",
        [35] = "EDEADLK",
        [36] = "ENAMETOOLONG",
        [38] = "ENOSYS",
        [40] = "ELOOP",
        [61] = "ENODATA",
        [75] = "EOVERFLOW",
        [90] = "EMSGSIZE",
        [95] = "EOPNOTSUPP",
        [110] = "ETIMEDOUT",
        [114] = "EALREADY",
        [116] = "ESTALE",
    };
}
