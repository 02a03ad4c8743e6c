namespace BpfInteractive;

public sealed partial class BpfObject
{
    /// <summary>What of this object is attached now, in the order of attaching.</summary>
    public IReadOnlyList<BpfLink> Links
    {
        get
        {
            lock (_gate)
            {
                return [.. _owned.OfType<BpfLink>()];
            }
        }
    }

    /// <summary>
    /// Attaches every loaded program whose SEC() names its target, and every struct_ops map. Programs that need to be told where (xdp, tc,
    /// cgroup, perf_event, socket) are left alone, and that is reported to <see cref="BpfScope.Current"/>.
    /// </summary>
    /// <returns>The links, which the object owns.</returns>
    /// <exception cref="BpfException">One could not be attached; those attached before it by this call are detached again.</exception>
    public IReadOnlyList<BpfLink> Attach()
    {
        var links = new List<BpfLink>();
        try
        {
            foreach (var program in Programs.Where(program => program.IsLoaded))
            {
                if (SectionAttach.NamesTarget(program))
                {
                    links.Add(program.Attach());
                }
                else if (program.Type is not (BpfProgramType.Syscall or BpfProgramType.StructOps or BpfProgramType.Unspecified))
                {
                    _scope.Report($"program '{program.Name}' is not attached: SEC(\"{program.Section}\") names no target");
                }
            }

            links.AddRange(Maps.Where(map => map.Type == BpfMapType.StructOps).Select(map => map.AttachStructOps()));
            return links;
        }
        catch
        {
            links.ForEach(link => link.Dispose());
            throw;
        }
    }
}
