namespace BpfInteractive;

/// <summary>A named member of a struct as C sees it: those of anonymous structs and unions stand among the rest.</summary>
internal readonly record struct BtfFlatMember(string Name, BtfType Type, int OffsetBytes, bool IsBitField, bool IsInUnion)
{
    internal static List<BtfFlatMember> Of(BtfType type)
    {
        var members = new List<BtfFlatMember>();
        Add(type, 0, type.Kind == BtfKind.Union, members);
        return members;
    }

    private static void Add(BtfType type, int offset, bool inUnion, List<BtfFlatMember> members)
    {
        foreach (var member in type.Members)
        {
            var inner = member.Type.Resolve();
            if (!member.IsAnonymous)
            {
                members.Add(new(member.Name, member.Type, offset + member.OffsetBytes, member.BitFieldSize != 0, inUnion));
            }
            else if (inner.Kind is BtfKind.Struct or BtfKind.Union)
            {
                Add(inner, offset + member.OffsetBytes, inUnion || inner.Kind == BtfKind.Union, members);
            }
        }
    }
}
