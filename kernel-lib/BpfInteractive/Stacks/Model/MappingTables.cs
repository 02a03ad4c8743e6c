namespace BpfInteractive;

/// <summary>The address spaces and their mappings as tables. The kernel's are left out: no address of it leaves the machine.</summary>
internal static class MappingTables
{
    internal static Columns MmsOf(IReadOnlyList<AddressSpace> mms)
    {
        var rows = new ColumnsBuilder("mms");
        var numbers = rows.Add<int>("mappings");
        var reasons = rows.Add<byte>("why_none");
        foreach (var mm in mms)
        {
            numbers.Append(mm.Rows.Count);
            reasons.Append((byte)(mm.HasMappings ? FrameReason.None : mm.WhyNone));
        }

        return rows.ToColumns();
    }

    internal static Columns MappingsOf(IReadOnlyList<AddressSpace> mms)
    {
        var rows = new ColumnsBuilder("mappings");
        var numbers = rows.Add<int>("mm");
        var starts = rows.Add<ulong>("start", ColumnFormat.Address);
        var ends = rows.Add<ulong>("end", ColumnFormat.Address);
        var offsets = rows.Add<ulong>("offset", ColumnFormat.Hexadecimal);
        var files = rows.Add<int>("file");
        var permissions = rows.AddText("perms");
        var firsts = rows.Add<long>("first_seen", ColumnFormat.Nanoseconds);
        var lasts = rows.Add<long>("last_seen", ColumnFormat.Nanoseconds);
        for (var mm = ProfileBuilder.KernelMm + 1; mm < mms.Count; mm++)
        {
            foreach (var row in mms[mm].Rows.Where(row => row.Mapping.File != ProfileMapping.NoCode))
            {
                numbers.Append(mm);
                starts.Append(row.Mapping.Start);
                ends.Append(row.Mapping.End);
                offsets.Append(row.Mapping.Offset);
                files.Append(row.Mapping.File);
                permissions.Append(VmaPermissionText.Of(row.Mapping.Permissions));
                firsts.Append(row.FirstNs);
                lasts.Append(row.LastNs);
            }
        }

        return rows.ToColumns();
    }
}
