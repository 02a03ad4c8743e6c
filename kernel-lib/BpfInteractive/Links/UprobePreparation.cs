namespace BpfInteractive;

/// <summary>
/// Before load, a SEC("uprobe") program is made attachable by uprobe.multi link where this kernel has it: the kernel wants that said at
/// load, and it spares CAP_SYS_ADMIN, which the perf event way needs on kernels since 2025.
/// </summary>
internal static class UprobePreparation
{
    internal static void BeforeLoad(OpenBpfObject opened)
    {
        foreach (var program in opened.Programs)
        {
            if (IsPlainUprobe(program) && program.Autoload && Features.Has("uprobe.multi"))
            {
                program.ExpectedAttachType = BpfAttachType.TraceUprobeMulti;
            }
        }
    }

    private static bool IsPlainUprobe(OpenBpfProgram program) =>
        SectionAttach.Split(program.Section).Prefix is "uprobe" or "uretprobe" or "uprobe.s" or "uretprobe.s"
        && program.Type == BpfProgramType.Kprobe
        && program.ExpectedAttachType == 0;
}
