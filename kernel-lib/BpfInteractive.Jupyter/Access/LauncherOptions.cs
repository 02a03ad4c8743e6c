namespace BpfInteractive.Jupyter;

/// <summary>Where the way in for ordinary users is, and what it gives.</summary>
public sealed record LauncherOptions
{
    /// <summary>What the kernel always gets: enough to load and attach tracing programs, and to sample.</summary>
    public static IReadOnlyList<string> DefaultCapabilities { get; } = ["bpf", "perfmon"];

    /// <summary>Under which folder the tool, the launcher and the entry in Jupyter's list are.</summary>
    public string Prefix { get; init; } = "/usr/local";

    /// <summary>The group whose members may use it.</summary>
    public string Group { get; init; } = "bpf";

    /// <summary>What the kernel gets beside <see cref="DefaultCapabilities"/>: names as capabilities(7) has them, in small letters and without "cap_".</summary>
    public IReadOnlyList<string> MoreCapabilities { get; init; } = [];

    internal string ToolFolder => InstalledTool.FolderOf(Prefix);

    internal string Launcher => Path.Combine(ToolFolder, InstalledTool.LauncherName);

    internal string Starter => Path.Combine(ToolFolder, InstalledTool.StarterName);

    /// <summary>Says that the group was made here, and goes when its last member does.</summary>
    internal string GroupMark => Path.Combine(ToolFolder, InstalledTool.GroupMarkName);
}
