using BpfInteractive.Interop;

namespace BpfInteractive;

public sealed unsafe partial class BpfProgram
{
    /// <summary>Attaches a SEC("usdt") program to a static probe of a program or library.</summary>
    /// <param name="path">The file: a path, a program's name that PATH finds, or a library's name.</param>
    /// <param name="provider">The probe's provider: <c>libc</c>.</param>
    /// <param name="name">Its name: <c>setjmp</c>.</param>
    /// <param name="pid">In this process alone (a pid of the caller's pid namespace); null for every process.</param>
    /// <param name="cookie">What <c>bpf_usdt_cookie()</c> gives the program.</param>
    /// <exception cref="BpfException">The file, the probe or the process is not there, or the kernel refuses.</exception>
    public BpfLink AttachUsdt(string path, string provider, string name, int? pid = null, ulong cookie = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentException.ThrowIfNullOrEmpty(provider);
        ArgumentException.ThrowIfNullOrEmpty(name);
        var target = $"{path}:{provider}:{name}";
        return new(this, LinkKind.Usdt, target, program =>
        {
            var failure = new AttachFailure(program, $"usdt {target}{(pid is null ? "" : $" of process {pid}")}", "usdt");
            ProcessId.ThrowIfDead(pid, failure);
            var file = BinaryPath.Resolve(path, pid, failure);
            return LibBpfAttachment.Create(
                program.Object.Handle,
                () =>
                {
                    var options = new LibBpf.UsdtOptions { Size = (nuint)sizeof(LibBpf.UsdtOptions), Cookie = cookie };
                    return LibBpf.bpf_program__attach_usdt(program.Pointer, pid ?? -1, file, provider, name, &options);
                },
                (errno, messages) => errno switch
                {
                    Errno.ENOENT => failure.Because($"{file} has no probe {provider}:{name}", $"see its probes with: readelf -n {file}", errno),
                    Errno.EACCES or Errno.EPERM when !Capabilities.Has(Capability.SysAdmin) =>
                        failure.Because("attaching by perf event needs CAP_SYS_ADMIN on kernels since 2025", "run it with sudo", errno),
                    _ when messages.Count > 0 => failure.Because(messages[^1], errno: errno),
                    _ => failure.For(errno),
                });
        });
    }
}
