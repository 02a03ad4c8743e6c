using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace BpfInteractive.Jupyter;

/// <summary>
/// ZMTP 3.0, the wire of ZeroMQ (https://rfc.zeromq.org/spec/23), with its NULL mechanism: as much of it as a Jupyter kernel needs. Written here because the managed library
/// of ZeroMQ, NetMQ, knows no Unix sockets, and those alone keep a kernel's outputs from the other users of a machine.
/// </summary>
internal static class Zmtp
{
    internal const int GreetingBytes = 64;

    internal const byte MoreFlag = 1;
    internal const byte LongFlag = 2;
    internal const byte CommandFlag = 4;

    private const int MechanismOffset = 12;

    /// <summary>What each side says first: signature, version 3.0, mechanism NULL.</summary>
    internal static byte[] Greeting()
    {
        var greeting = new byte[GreetingBytes];
        greeting[0] = 0xFF;
        greeting[9] = 0x7F;
        greeting[10] = 3;
        "NULL"u8.CopyTo(greeting.AsSpan(MechanismOffset));
        return greeting;
    }

    /// <summary>Refuses a peer that does not speak ZMTP 3 with the mechanism NULL.</summary>
    /// <exception cref="InvalidDataException">What is wrong with it.</exception>
    internal static void CheckGreeting(ReadOnlySpan<byte> greeting)
    {
        if (greeting[0] != 0xFF || (greeting[9] & 1) == 0)
        {
            throw new InvalidDataException("the peer does not speak ZMTP");
        }

        if (greeting[10] < 3)
        {
            throw new InvalidDataException($"the peer speaks ZMTP {greeting[10]}; 3 is needed (ZeroMQ 4 or newer)");
        }

        if (!greeting.Slice(MechanismOffset, 20).TrimEnd((byte)0).SequenceEqual("NULL"u8))
        {
            throw new InvalidDataException("the peer wants a security mechanism other than NULL");
        }
    }

    /// <summary>The command that ends the handshake: a socket's type.</summary>
    internal static byte[] Ready(string socketType)
    {
        var body = new ArrayBufferWriter<byte>();
        body.Write((ReadOnlySpan<byte>)[5, .. "READY"u8]);
        WriteProperty(body, "Socket-Type", Encoding.ASCII.GetBytes(socketType));
        WriteProperty(body, "Identity", []);
        var frame = new ArrayBufferWriter<byte>();
        WriteFrame(frame, body.WrittenSpan, CommandFlag);
        return frame.WrittenSpan.ToArray();
    }

    /// <summary>The name of a command and what follows it.</summary>
    /// <exception cref="InvalidDataException">The frame is shorter than its name says.</exception>
    internal static (string Name, ReadOnlyMemory<byte> Body) Command(ReadOnlyMemory<byte> frame)
    {
        if (frame.Length == 0 || frame.Length < 1 + frame.Span[0])
        {
            throw new InvalidDataException("a command of the peer is cut short");
        }

        var end = 1 + frame.Span[0];
        return (Encoding.ASCII.GetString(frame.Span[1..end]), frame[end..]);
    }

    /// <summary>The properties in a READY command. Their names have no case.</summary>
    /// <exception cref="InvalidDataException">They are cut short.</exception>
    internal static Dictionary<string, byte[]> Properties(ReadOnlySpan<byte> rest)
    {
        var properties = new Dictionary<string, byte[]>(StringComparer.OrdinalIgnoreCase);
        while (rest.Length > 0)
        {
            var name = Take(ref rest, rest[0] + 1)[1..];
            var size = BinaryPrimitives.ReadUInt32BigEndian(Take(ref rest, 4));
            properties[Encoding.ASCII.GetString(name)] = Take(ref rest, size).ToArray();
        }

        return properties;
    }

    /// <summary>A message of several frames as bytes.</summary>
    internal static byte[] Encode(IReadOnlyList<ReadOnlyMemory<byte>> frames)
    {
        var bytes = new ArrayBufferWriter<byte>(frames.Sum(frame => frame.Length + 9));
        for (var i = 0; i < frames.Count; i++)
        {
            WriteFrame(bytes, frames[i].Span, i < frames.Count - 1 ? MoreFlag : (byte)0);
        }

        return bytes.WrittenSpan.ToArray();
    }

    internal static void WriteFrame(IBufferWriter<byte> bytes, ReadOnlySpan<byte> body, byte flags)
    {
        var head = bytes.GetSpan(9);
        if (body.Length <= byte.MaxValue)
        {
            (head[0], head[1]) = (flags, (byte)body.Length);
            bytes.Advance(2);
        }
        else
        {
            head[0] = (byte)(flags | LongFlag);
            BinaryPrimitives.WriteUInt64BigEndian(head[1..], (ulong)body.Length);
            bytes.Advance(9);
        }

        bytes.Write(body);
    }

    private static void WriteProperty(ArrayBufferWriter<byte> body, string name, byte[] value)
    {
        body.Write((ReadOnlySpan<byte>)[(byte)name.Length, .. Encoding.ASCII.GetBytes(name)]);
        BinaryPrimitives.WriteInt32BigEndian(body.GetSpan(4), value.Length);
        body.Advance(4);
        body.Write(value.AsSpan());
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> rest, uint count) => count <= int.MaxValue ? Take(ref rest, (int)count) : throw CutShort();

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> rest, int count)
    {
        if (rest.Length < count)
        {
            throw CutShort();
        }

        var taken = rest[..count];
        rest = rest[count..];
        return taken;
    }

    private static InvalidDataException CutShort() => new("the properties of the peer are cut short");
}
