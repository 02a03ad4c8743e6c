using System.Diagnostics.CodeAnalysis;

namespace BpfInteractive;

/// <summary>Byte arrays by their contents.</summary>
internal sealed class BytesComparer : IEqualityComparer<byte[]>
{
    internal static readonly BytesComparer Instance = new();

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode([DisallowNull] byte[] obj)
    {
        var hash = default(HashCode);
        hash.AddBytes(obj);
        return hash.ToHashCode();
    }
}
