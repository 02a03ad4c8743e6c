using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>Engine <c>proc-maps</c>: reads and parses /proc/PID/maps. Needs no rights beyond those on the process, and works everywhere.</summary>
internal sealed class ProcMapsEngine : ProcEngine
{
    internal override VmaEngine Engine => VmaEngine.ProcMaps;

    private protected override int Fill(ProcMapsFile file, VmaTable table, VmaTextNames names, VmaOptions options)
    {
        var buffer = new byte[64 << 10];
        var (filled, seen) = (0, 0);
        for (int length; (length = file.Read(buffer.AsSpan(filled))) > 0;)
        {
            filled += length;
            var text = new ReadOnlySpan<byte>(buffer, 0, filled);
            while (ProcMapsParser.TryTakeLine(ref text, out var line))
            {
                seen++;
                AddLine(line, file, table, names, options);
            }

            // A line is as long as its path, which has no bound: make room for more when one fills all.
            text.CopyTo(buffer);
            filled = text.Length;
            if (filled > buffer.Length / 2)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }
        }

        return seen;
    }

    private static void AddLine(ReadOnlySpan<byte> line, ProcMapsFile file, VmaTable table, VmaTextNames names, VmaOptions options)
    {
        if (!ProcMapsParser.TryParse(line, out var vma))
        {
            throw new FormatException($"/proc/PID/maps holds a line that is not as the kernel writes it: '{System.Text.Encoding.UTF8.GetString(line)}'");
        }

        if (!options.Wants(vma.End, vma.Permissions, vma.Inode != 0))
        {
            return;
        }

        var name = VmaPath.MayBeEscaped(vma.Name) ? Plain(vma, file) : vma.Name;
        table.Add(vma.Start, vma.End, vma.Permissions, vma.Offset, names.NumberOf(name, vma.Device, vma.Inode, false, null));
    }

    // "\012" in the text is a newline or those four characters. PROCMAP_QUERY tells; without it a newline is assumed.
    private static ReadOnlySpan<byte> Plain(ProcMapsLine vma, ProcMapsFile file)
    {
        var name = new byte[4096];
        var query = new ProcmapQuery { Address = vma.Start };
        return file.Query(ref query, name, default) == 0 && query.Inode == vma.Inode && query.NameSize > 0
            ? name.AsSpan(0, (int)query.NameSize - 1)
            : VmaPath.Unescape(vma.Name);
    }
}
