namespace BpfInteractive;

/// <summary>Where in a packet's way an XDP program runs (XDP_FLAGS_* of linux/if_link.h).</summary>
public enum XdpMode
{
    /// <summary>In the driver if it can, else generic.</summary>
    Best = 0,

    /// <summary>In the network stack, after the driver: any interface, slower.</summary>
    Generic = 1 << 1,

    /// <summary>In the driver.</summary>
    Driver = 1 << 2,

    /// <summary>In the network card itself.</summary>
    Hardware = 1 << 3,
}

/// <summary>Which packets of an interface.</summary>
public enum TrafficDirection
{
    /// <summary>Those that come in.</summary>
    Ingress,

    /// <summary>Those that go out.</summary>
    Egress,
}

/// <summary>The hooks of netfilter (enum nf_inet_hooks).</summary>
public enum NetfilterHook
{
    /// <summary>As soon as a packet arrives.</summary>
    PreRouting,

    /// <summary>Packets for this machine.</summary>
    LocalIn,

    /// <summary>Packets passed on.</summary>
    Forward,

    /// <summary>Packets this machine sends.</summary>
    LocalOut,

    /// <summary>As a packet leaves.</summary>
    PostRouting,
}
