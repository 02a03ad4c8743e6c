namespace BpfInteractive;

/// <summary>Finds the type of a buffer's records in the BTF of its object.</summary>
internal static class RecordTypes
{
    /// <summary>The struct, union, typedef or enum of a name.</summary>
    /// <exception cref="ArgumentException">There is none; the message names the structs there are, or how to get the type into the BTF.</exception>
    internal static BtfType Named(BpfObject owner, string name)
    {
        var btf = owner.Btf ?? throw new ArgumentException($"object '{owner.Name}' has no BTF; compile it with -g", nameof(name));
        foreach (var kind in new[] { BtfKind.Struct, BtfKind.Typedef, BtfKind.Union, BtfKind.Enum, BtfKind.Int })
        {
            if (btf.TryFind(name, kind, out var type) && type.SizeBytes > 0)
            {
                return type;
            }
        }

        var structs = Structs(btf).Select(type => type.Name).ToList();
        throw new ArgumentException(
            $"the BTF of object '{owner.Name}' has no struct '{name}'; {NearestName.Advice(name, structs, "structs")}. Where another compiler made the "
            + $"object: clang leaves out what no map, global or function mentions; BPFI_EVENT({name}) of bpfi/ring.bpf.h keeps it",
            nameof(name));
    }

    /// <summary>The one struct that the records can only be: the map's declared value, the only one marked by BPFI_EVENT, the only one that is not the kernel's, or the one called as
    /// the map is (<c>event</c> for <c>events</c>).</summary>
    internal static BtfType? Only(BpfMap map)
    {
        if (map.Object?.Btf is not { } btf)
        {
            return null;
        }

        if (map.ValueTypeId > 0 && btf[map.ValueTypeId] is { SizeBytes: > 0 } declared)
        {
            return declared;
        }

        var events = Events(btf);
        if (events.Count == 1)
        {
            return events[0];
        }

        var own = (events.Count > 1 ? events : Structs(btf).Where(type => !IsKernelType(type))).ToList();
        return own.Count == 1 ? own[0] : OfName(own, map.Name);
    }

    /// <summary>The structs that the source marks by BPFI_EVENT, which leaves a function for each.</summary>
    private static List<BtfType> Events(BtfData btf)
    {
        const string prefix = "bpfi_event_";
        var events = new List<BtfType>();
        for (var id = 1; id < btf.TypeCount; id++)
        {
            if (btf[id] is { Kind: BtfKind.Function } function && function.Name.StartsWith(prefix, StringComparison.Ordinal)
                && btf.TryFind(function.Name[prefix.Length..], BtfKind.Struct, out var type))
            {
                events.Add(type);
            }
        }

        return events;
    }

    /// <summary>"event" for the ring "events": of several structs the one that is called as the ring is.</summary>
    private static BtfType? OfName(List<BtfType> types, string ring)
    {
        foreach (var type in types)
        {
            if (type.Name == ring || type.Name + "s" == ring)
            {
                return type;
            }
        }

        return null;
    }

    private static IEnumerable<BtfType> Structs(BtfData btf)
    {
        for (var id = 1; id < btf.TypeCount; id++)
        {
            if (btf[id] is { Kind: BtfKind.Struct, IsAnonymous: false } type)
            {
                yield return type;
            }
        }
    }

    /// <summary>A context or another type that the program took from the kernel's headers.</summary>
    private static bool IsKernelType(BtfType type)
    {
        try
        {
            return BtfData.Kernel.TryFind(type.Name, BtfKind.Struct, out _);
        }
        catch (UnsupportedFeatureException)
        {
            return false; // without the kernel's BTF nothing tells
        }
    }
}
