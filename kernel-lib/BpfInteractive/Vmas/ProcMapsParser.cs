using System.Buffers.Text;

namespace BpfInteractive;

/// <summary>One line of /proc/PID/maps. The name is what stands after the padding, escaped as it came.</summary>
internal ref struct ProcMapsLine
{
    internal ulong Start;
    internal ulong End;
    internal ulong Offset;
    internal ulong Inode;
    internal uint Device;
    internal int Permissions;
    internal ReadOnlySpan<byte> Name;
}

/// <summary>
/// Reads the text of /proc/PID/maps (show_map_vma() in fs/proc/task_mmu.c): bytes in, records out. It takes nothing on trust: a line that
/// is not as the kernel writes it is refused, whatever it holds.
/// </summary>
internal static class ProcMapsParser
{
    /// <summary>Takes the next line off a text that ends in a newline; false at its end.</summary>
    internal static bool TryTakeLine(ref ReadOnlySpan<byte> text, out ReadOnlySpan<byte> line)
    {
        var end = text.IndexOf((byte)'\n');
        if (end < 0)
        {
            line = default;
            return false;
        }

        line = text[..end];
        text = text[(end + 1)..];
        return true;
    }

    /// <summary>Reads one line without its newline.</summary>
    internal static bool TryParse(ReadOnlySpan<byte> line, out ProcMapsLine vma)
    {
        vma = default;
        if (!TryTakeHex(ref line, (byte)'-', out vma.Start) || !TryTakeHex(ref line, (byte)' ', out vma.End) || vma.Start >= vma.End)
        {
            return false;
        }

        if (line.Length < 5 || line[4] != (byte)' ' || !VmaPermissionText.TryParse(line[..4], out vma.Permissions))
        {
            return false;
        }

        line = line[5..];
        if (!TryTakeHex(ref line, (byte)' ', out vma.Offset) || !TryTakeHex(ref line, (byte)':', out var major) ||
            !TryTakeHex(ref line, (byte)' ', out var minor) || major > 0xfff || minor > 0xfffff)
        {
            return false;
        }

        vma.Device = ((uint)major << 20) | (uint)minor;
        if (!Utf8Parser.TryParse(line, out vma.Inode, out var digits))
        {
            return false;
        }

        line = line[digits..];
        if (!line.IsEmpty && line[0] != (byte)' ')
        {
            return false;
        }

        vma.Name = line.TrimStart((byte)' ');
        return true;
    }

    private static bool TryTakeHex(ref ReadOnlySpan<byte> text, byte end, out ulong value)
    {
        value = 0;
        for (var at = 0; at < text.Length && at <= 16; at++)
        {
            var letter = text[at];
            if (letter == end)
            {
                text = text[(at + 1)..];
                return at > 0;
            }

            var digit = letter is >= (byte)'0' and <= (byte)'9' ? letter - '0' : letter is >= (byte)'a' and <= (byte)'f' ? letter - 'a' + 10 : -1;
            if (digit < 0)
            {
                return false;
            }

            value = (value << 4) | (uint)digit;
        }

        return false;
    }
}
