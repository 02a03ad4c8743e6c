namespace BpfInteractive;

/// <summary>
/// A struct_ops map is made of a variable in SEC(".struct_ops"). libbpf follows the table of that variable for every map that has the type,
/// also for one of .maps that has none, and crashes on it (bpf_map__init_kern_struct_ops, libbpf 1.1).
/// </summary>
internal static class StructOpsMaps
{
    private static readonly string[] Sections = [".struct_ops", ".struct_ops.link"];

    /// <exception cref="LoadException">A map has the type without such a variable.</exception>
    internal static void BeforeLoad(OpenBpfObject open)
    {
        foreach (var map in open.Maps)
        {
            if (map.Type == BpfMapType.StructOps && !IsDefined(open.Btf, map.Name))
            {
                throw new LoadException(
                    "create",
                    map.Subject,
                    0,
                    "its type is BPF_MAP_TYPE_STRUCT_OPS, but no variable in SEC(\".struct_ops\") defines it",
                    "define the kernel's structure of functions as a variable there: SEC(\".struct_ops\") struct tcp_congestion_ops NAME = { ... }",
                    [],
                    null,
                    map.Name);
            }
        }
    }

    private static bool IsDefined(BtfData? types, string map)
    {
        foreach (var type in types?.Types ?? [])
        {
            if (type.Kind == BtfKind.DataSection && Sections.Contains(type.Name) && type.SectionVariables.Any(variable => variable.Name == map))
            {
                return true;
            }
        }

        return false;
    }
}
