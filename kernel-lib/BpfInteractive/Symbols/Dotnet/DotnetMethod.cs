using System.Buffers.Binary;
using System.Text;

namespace BpfInteractive;

/// <summary>Code of one method, as a .NET runtime tells of it.</summary>
/// <param name="Start">Its first address.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="Name">Its name with type and arguments.</param>
/// <param name="Tier">How it was compiled: <c>Tier0</c>, <c>Tier1</c>, <c>OSR</c>, <c>R2R</c> for code compiled beforehand; empty where the runtime does not say.</param>
internal readonly record struct DotnetMethod(ulong Start, uint Size, string Name, string Tier)
{
    internal const string CompiledBeforehand = "R2R";
    private const string Provider = "Microsoft-Windows-DotNETRuntimeRundown";
    private const int MethodDCEndVerbose = 144;
    private const uint Jitted = 8;
    private const int MostNameBytes = 2000;
    private const int MostMethods = 500_000;

    /// <summary>By bits 7 to 9 of the flags (src/coreclr/vm/eventtrace.cpp).</summary>
    private static readonly string[] s_tiers = ["", "MinOpt", "Optimized", "Tier0", "Tier1", "OSR", "Tier0Instrumented", "Tier1Instrumented"];

    /// <summary>The methods of a rundown, up to where the stream can be read.</summary>
    internal static List<DotnetMethod> ReadAll(ReadOnlySpan<byte> stream, out bool isPartial)
    {
        var methods = new List<DotnetMethod>();
        var reader = new NetTraceReader(stream);
        while (methods.Count < MostMethods && reader.Read())
        {
            if (reader.Id == MethodDCEndVerbose && reader.Provider == Provider && TryRead(reader.Payload, out var method))
            {
                methods.Add(method);
            }
        }

        isPartial = reader.IsDamaged || methods.Count == MostMethods;
        return methods;
    }

    /// <summary>Two ids, the start, the size, a token, flags; the type, the method and its signature.</summary>
    private static bool TryRead(ReadOnlySpan<byte> payload, out DotnetMethod method)
    {
        method = default;
        if (payload.Length < 36)
        {
            return false;
        }

        var start = BinaryPrimitives.ReadUInt64LittleEndian(payload[16..]);
        var size = BinaryPrimitives.ReadUInt32LittleEndian(payload[24..]);
        var flags = BinaryPrimitives.ReadUInt32LittleEndian(payload[32..]);
        var rest = payload[36..];
        if (size == 0 || !NetTraceReader.ReadText(ref rest, out var type) || !NetTraceReader.ReadText(ref rest, out var name)
            || !NetTraceReader.ReadText(ref rest, out var signature))
        {
            return false;
        }

        method = new DotnetMethod(start, size, DotnetName.Of(TextOf(type), TextOf(name), TextOf(signature)), (flags & Jitted) == 0 ? CompiledBeforehand : s_tiers[(flags >> 7) & 7]);
        return true;
    }

    private static string TextOf(ReadOnlySpan<byte> text) => Encoding.Unicode.GetString(text[..Math.Min(text.Length, MostNameBytes)]);
}
