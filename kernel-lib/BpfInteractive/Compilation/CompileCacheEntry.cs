using System.Security.Cryptography;

namespace BpfInteractive;

/// <summary>A file of the cache: a hash over the rest, the findings, the object. A damaged one is a miss.</summary>
internal static class CompileCacheEntry
{
    internal static byte[] Write(byte[] image, IReadOnlyList<SourceDiagnostic> diagnostics)
    {
        using var stream = new MemoryStream();
        stream.Write(new byte[SHA256.HashSizeInBytes]);
        using (var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            WriteAll(writer, diagnostics);
            writer.Write(image.Length);
            writer.Write(image);
        }

        var bytes = stream.ToArray();
        SHA256.HashData(bytes.AsSpan(SHA256.HashSizeInBytes), bytes);
        return bytes;
    }

    internal static (byte[] Object, IReadOnlyList<SourceDiagnostic> Diagnostics)? TryRead(byte[] file)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        if (file.Length <= hash.Length)
        {
            return null;
        }

        SHA256.HashData(file.AsSpan(hash.Length), hash);
        if (!hash.SequenceEqual(file.AsSpan(0, hash.Length)))
        {
            return null;
        }

        using var reader = new BinaryReader(new MemoryStream(file, hash.Length, file.Length - hash.Length));
        var diagnostics = ReadAll(reader);
        return (reader.ReadBytes(reader.ReadInt32()), diagnostics);
    }

    private static void WriteAll(BinaryWriter writer, IReadOnlyList<SourceDiagnostic> diagnostics)
    {
        writer.Write(diagnostics.Count);
        foreach (var diagnostic in diagnostics)
        {
            writer.Write(diagnostic.File);
            writer.Write(diagnostic.Line);
            writer.Write(diagnostic.Column);
            writer.Write((int)diagnostic.Severity);
            writer.Write(diagnostic.Message);
            writer.Write(diagnostic.SourceLine is not null);
            writer.Write(diagnostic.SourceLine ?? "");
            WriteAll(writer, diagnostic.Notes);
        }
    }

    private static SourceDiagnostic[] ReadAll(BinaryReader reader)
    {
        var diagnostics = new SourceDiagnostic[reader.ReadInt32()];
        for (var index = 0; index < diagnostics.Length; index++)
        {
            var (file, line, column) = (reader.ReadString(), reader.ReadInt32(), reader.ReadInt32());
            var (severity, message) = ((DiagnosticSeverity)reader.ReadInt32(), reader.ReadString());
            var hasLine = reader.ReadBoolean();
            var text = reader.ReadString();
            diagnostics[index] = new SourceDiagnostic(file, line, column, severity, message, hasLine ? text : null) { Notes = ReadAll(reader) };
        }

        return diagnostics;
    }
}
