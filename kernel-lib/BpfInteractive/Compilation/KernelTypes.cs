using System.Security.Cryptography;

namespace BpfInteractive;

/// <summary>One kernel's BTF with what the compiler looks up in it; each index is made at its first use.</summary>
internal sealed class KernelTypes(BtfData data)
{
    private static readonly Lazy<KernelTypes> s_running = new(static () => new KernelTypes(BtfData.Kernel));

    private readonly Lazy<BtfEnumeratorIndex> _enumerators = new(() => new BtfEnumeratorIndex(data));
    private readonly Lazy<CallableKernelFunctions> _functions = new(() => new CallableKernelFunctions(data));
    private readonly Lazy<string> _identity = new(() => Convert.ToHexString(SHA256.HashData(data.RawBytes)));

    internal static KernelTypes Running => s_running.Value;

    internal BtfData Data { get; } = data;

    internal BtfEnumeratorIndex Enumerators => _enumerators.Value;

    internal CallableKernelFunctions Functions => _functions.Value;

    /// <summary>The hash of the content: caches hold on to it.</summary>
    internal string Identity => _identity.Value;
}
