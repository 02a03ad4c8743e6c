namespace BpfInteractive;

/// <summary>What setting a key does when it is there already, or is not (BPF_ANY, BPF_NOEXIST, BPF_EXIST).</summary>
public enum BpfMapSetMode
{
    /// <summary>Adds the key or replaces its value.</summary>
    AddOrReplace = 0,

    /// <summary>Adds the key; fails if it is there.</summary>
    Add = 1,

    /// <summary>Replaces the value; fails if the key is not there.</summary>
    Replace = 2,
}
