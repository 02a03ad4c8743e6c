using System.Security.Cryptography;
using System.Text;

namespace BpfInteractive.Jupyter;

/// <summary>Signs messages with HMAC-SHA256, and compares signatures in a time that does not depend on where they differ. Thread-safe.</summary>
internal sealed class MessageSigner : IDisposable
{
    internal const int SignatureBytes = 2 * SHA256.HashSizeInBytes;

    private readonly IncrementalHash _hash;

    /// <param name="key">The key of the connection file.</param>
    /// <exception cref="InvalidDataException">It is empty: whoever reaches a port could then run code.</exception>
    internal MessageSigner(string key)
    {
        if (key.Length == 0)
        {
            throw new InvalidDataException("the connection file has an empty key, with which anybody could run code in the kernel");
        }

        _hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(key));
    }

    public void Dispose() => _hash.Dispose();

    /// <summary>The signature of the four signed frames, in hexadecimal letters.</summary>
    internal byte[] Sign(ReadOnlySpan<byte[]> frames)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        lock (_hash)
        {
            foreach (var frame in frames)
            {
                _hash.AppendData(frame);
            }

            _hash.GetHashAndReset(digest);
        }

        return Encoding.ASCII.GetBytes(Convert.ToHexStringLower(digest));
    }

    internal bool IsRight(ReadOnlySpan<byte> signature, ReadOnlySpan<byte[]> frames) => CryptographicOperations.FixedTimeEquals(signature, Sign(frames));
}
