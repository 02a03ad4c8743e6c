using System.Globalization;

namespace BpfInteractive;

/// <summary>What a runtime needs that its code can be named: for those that can only be told so at their start.</summary>
internal static class RuntimeNotes
{
    /// <summary>A word on Node where its code has no names; null for none.</summary>
    internal static string? Of(Profile profile)
    {
        var mms = MmsWithoutMap(profile);
        var processes = profile.Tables.Processes;
        var (comms, lines, mmOf) = (processes.Text("comm"), processes.Text("command_line"), processes.Values<int>("mm").ToArray());
        var nodes = Enumerable.Range(0, processes.RowCount).Where(row => mms.Contains(mmOf[row]) && IsNode(comms[row], lines[row])).Select(row => mmOf[row]).Distinct().Count();
        return nodes == 0 ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"{nodes:N0} Node {(nodes == 1 ? "process" : "processes")} ran code without names: started with --perf-basic-prof (NODE_OPTIONS takes it too) Node writes a map of it");
    }

    private static HashSet<int> MmsWithoutMap(Profile profile)
    {
        var mms = new HashSet<int>();
        var files = profile.Tables.Locations.Values<int>("file");
        var reasons = profile.Names.Columns.Values<byte>("reason");
        for (var location = 0; location < files.Length; location++)
        {
            if ((FrameReason)reasons[location] == FrameReason.NoPerfMap)
            {
                mms.Add(profile.FileOf(files[location]).Mm);
            }
        }

        return mms;
    }

    private static bool IsNode(string? comm, string? commandLine)
    {
        var program = commandLine?.Split(' ')[0];
        return comm is "node" or "nodejs" || program is "node" or "nodejs" || program?.EndsWith("/node", StringComparison.Ordinal) == true;
    }
}
