namespace BpfInteractive.Jupyter;

/// <summary>What the kernel does with the messages of one type. Called on the thread of the lane that the type belongs to, one message at a time.</summary>
internal interface IRequestHandler
{
    /// <summary>The type of the messages: "kernel_info_request".</summary>
    string Type { get; }

    /// <summary>Does what is asked and replies.</summary>
    void Handle(Request request);
}
