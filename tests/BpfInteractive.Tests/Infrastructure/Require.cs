using System.Diagnostics.CodeAnalysis;

namespace BpfInteractive.Tests.Infrastructure;

/// <summary>
/// What a test needs of the machine. A test that needs something says so first and is skipped with the reason where it is missing. A feature
/// that this kernel ought to have and has not is a failure; <c>BPFI_TEST_NO_SKIP=1</c> turns every skip into one.
/// </summary>
public static class Require
{
    private static readonly bool s_noSkip = Environment.GetEnvironmentVariable("BPFI_TEST_NO_SKIP") == "1";

    /// <summary>Root with the capabilities that loading and attaching take.</summary>
    public static void Root()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Skip("needs root");
        }

        Capability(Machine.CapBpf, nameof(Machine.CapBpf));
        Capability(Machine.CapPerfMon, nameof(Machine.CapPerfMon));
    }

    /// <summary>A user who is not root and holds no capability.</summary>
    public static void OrdinaryUser()
    {
        if (Environment.IsPrivilegedProcess || Machine.EffectiveCapabilities != 0)
        {
            Skip("needs an ordinary user without capabilities");
        }
    }

    /// <summary>One capability in the effective set.</summary>
    public static void Capability(int capability, string name)
    {
        if (!Machine.HasCapability(capability))
        {
            Skip($"needs {name}");
        }
    }

    /// <summary>A program on the search path.</summary>
    public static void Tool(string name)
    {
        if (Machine.FindOnPath(name) is null)
        {
            Skip($"needs the program {name}");
        }
    }

    /// <summary>A file or folder.</summary>
    public static void File(string path)
    {
        if (!Path.Exists(path))
        {
            Skip($"needs {path}");
        }
    }

    /// <summary>A root folder that is a mount point: in a bare chroot the kernel refuses user namespaces, and mounts that stay inside.</summary>
    public static void RootIsMountPoint()
    {
        if (!System.IO.File.ReadLines("/proc/self/mountinfo").Any(line => line.Split(' ')[4] == "/"))
        {
            Skip("needs a root folder that is a mount point (this is a chroot into a plain folder)");
        }
    }

    /// <summary>At least this kernel. Prefer <see cref="Feature(string)"/>: a version says little about what a distribution built.</summary>
    public static void Kernel(int major, int minor, string why)
    {
        if (Machine.KernelVersion < new Version(major, minor))
        {
            Skip($"needs Linux {major}.{minor} or newer ({why}); this is {Machine.KernelRelease}");
        }
    }

    /// <summary>One of the features listed in <see cref="KernelFeatures"/>.</summary>
    public static void Feature(string name)
    {
        var feature = KernelFeatures.Get(name);
        Feature(feature.Name, feature.WhyMissing, feature.Since);
    }

    /// <summary>
    /// A feature by its own probe. Where <paramref name="since"/> is given, a kernel at least that new ought to have the feature, and the test
    /// fails without it; leave it null for what a kernel's build or lockdown may leave out.
    /// </summary>
    /// <param name="name">The feature, for the message.</param>
    /// <param name="whyMissing">The probe: null when the feature is there, else what the probe saw.</param>
    /// <param name="since">The kernel from which on it must be there.</param>
    public static void Feature(string name, Func<string?> whyMissing, Version? since = null)
    {
        var reason = whyMissing();
        if (reason is null)
        {
            return;
        }

        if (since is not null && Machine.KernelVersion >= since)
        {
            Assert.Fail($"{Machine.KernelRelease} ought to have {name} (since {since}): {reason}");
        }

        Skip($"needs {name}{(since is null ? "" : $" (since Linux {since})")}: {reason}");
    }

    /// <summary>Skips the test, or fails it where no skip is allowed.</summary>
    [DoesNotReturn]
    public static void Skip(string reason)
    {
        if (s_noSkip)
        {
            Assert.Fail($"skipped though BPFI_TEST_NO_SKIP=1: {reason}");
        }

        Assert.Skip(reason);
    }
}
