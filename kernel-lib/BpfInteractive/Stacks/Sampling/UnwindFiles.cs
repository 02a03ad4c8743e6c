namespace BpfInteractive;

/// <summary>What the files of a capture say of their code, read when first needed from the files that are held.</summary>
internal sealed class UnwindFiles(ProfileBuilder builder, SampledCode code, UnwindArchitecture architecture)
{
    private const long MostBytes = 512 << 20;

    private readonly Dictionary<int, UnwindTable?> _tables = [];
    private UnwindMemory _memory = new();

    /// <summary>The table of a file by its number; null where the file cannot be had.</summary>
    internal UnwindTable? TableOf(int file)
    {
        if (_memory.Bytes > MostBytes)
        {
            _tables.Clear();
            _memory = new();
        }

        if (!_tables.TryGetValue(file, out var table))
        {
            _tables[file] = table = Read(builder.FileOf(file));
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
                return UnwindTables.ReadHeld(vdso, architecture, _memory);
            }

            if (code.Pins.TryGet(file, out var handle))
            {
                using var elf = ElfFile.Borrow(handle);
                return UnwindTables.ReadHeld(elf, architecture, _memory);
            }
        }
        catch (SymbolFileException)
        {
            // Its frames go by frame pointer.
        }

        return null;
    }
}
