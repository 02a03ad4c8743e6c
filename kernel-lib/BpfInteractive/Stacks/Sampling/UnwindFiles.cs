namespace BpfInteractive;

/// <summary>What the files of a capture say of their code, read when first needed from the files that are held.</summary>
internal sealed class UnwindFiles(ProfileBuilder builder, SampledCode code, UnwindArchitecture architecture)
{
    private const long MostBytes = 512 << 20;

    private readonly Dictionary<int, UnwindTable?> _tables = [];
    private long _bytes;

    /// <summary>The table of a file by its number; null where the file cannot be had.</summary>
    internal UnwindTable? TableOf(int file)
    {
        if (!_tables.TryGetValue(file, out var table))
        {
            table = Read(builder.FileOf(file));
            _bytes += table?.SizeBytes ?? 0;
            if (_bytes > MostBytes)
            {
                _tables.Clear();
                _bytes = table?.SizeBytes ?? 0;
            }

            _tables[file] = table;
        }

        return table;
    }

    private UnwindTable? Read(ProfileFile file)
    {
        try
        {
            if (file.Kind == ProfileFileKind.Vdso)
            {
                using var vdso = ElfFile.Parse(VdsoImage.Own ?? []);
                return UnwindTables.Read(vdso, architecture);
            }

            if (code.Pins.TryGet(file, out var handle))
            {
                using var elf = ElfFile.Borrow(handle);
                return UnwindTables.Read(elf, architecture);
            }
        }
        catch (SymbolFileException)
        {
            // Its frames go by frame pointer.
        }

        return null;
    }
}
