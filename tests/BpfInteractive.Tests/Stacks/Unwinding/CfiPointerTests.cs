using System.Buffers.Binary;

namespace BpfInteractive.Tests.Stacks.Unwinding;

public sealed class CfiPointerTests
{
    [Theory]
    [InlineData(0x00, 0xfffffffffffffff0ul)]
    [InlineData(0x01, 0x70ul)] // a number in seven bits a byte
    [InlineData(0x02, 0xfff0ul)]
    [InlineData(0x03, 0xfffffff0ul)]
    [InlineData(0x04, 0xfffffffffffffff0ul)]
    [InlineData(0x0a, 0xfffffffffffffff0ul)]
    [InlineData(0x0b, 0xfffffffffffffff0ul)]
    [InlineData(0x0c, 0xfffffffffffffff0ul)]
    [InlineData(0x1b, 0x1008ul - 0x10)] // relative to where it stands
    [InlineData(0x2b, 0x2000ul - 0x10)]
    [InlineData(0x3b, 0x3000ul - 0x10)]
    [InlineData(0x4b, 0x4000ul - 0x10)]
    [InlineData(0xff, 0ul)]
    public void Every_encoding_is_read(byte encoding, ulong expected)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), -0x10);
        bytes[9] = encoding == 0x01 ? (byte)0 : bytes[9];
        var reader = new CfiReader(bytes, 8, 16);

        var value = CfiPointer.Read(ref reader, encoding, new CfiPointer.Bases(0x1000, 0x2000, 0x3000, 0x4000));

        Assert.Equal(expected, value);
        Assert.False(reader.IsBroken);
    }

    [Theory]
    [InlineData(0x05)]
    [InlineData(0x0f)]
    [InlineData(0x80)]
    public void What_cannot_be_read_breaks_the_reader(byte encoding)
    {
        var reader = new CfiReader(new byte[16], 0, 16);

        CfiPointer.Read(ref reader, encoding, default);

        Assert.True(reader.IsBroken);
    }

    [Fact]
    public void Numbers_without_an_end_break_the_reader()
    {
        byte[] bytes = [.. Enumerable.Repeat((byte)0x80, 1000)];
        var reader = new CfiReader(bytes, 0, bytes.Length);

        reader.Unsigned();

        Assert.True(reader.IsBroken);
        Assert.True(reader.At < 32);
    }
}
