namespace BpfInteractive.Charts;

/// <summary>
/// A place where live displays are shown: a notebook's cell, a terminal. A host for another kind of notebook implements this and <see cref="ILiveScreen"/> and gives itself to
/// <see cref="Live.SetHost"/>.
/// </summary>
public interface ILiveHost
{
    /// <summary>Whether a person sits in front: where nobody does, a display ends by itself after ten seconds.</summary>
    bool IsWatched { get; }

    /// <summary>Shows the first frame.</summary>
    /// <param name="display">Its id and its stop.</param>
    /// <param name="first">The first frame.</param>
    ILiveScreen Open(LiveDisplay display, LiveFrame first);
}

/// <summary>Where one live display stands. Called by one thread at a time.</summary>
public interface ILiveScreen
{
    /// <summary>Shows a frame in the place of the one before; only the latest counts.</summary>
    void Update(LiveFrame frame);

    /// <summary>Shows the last frame, in a form that stays: it is what a saved notebook holds.</summary>
    void End(LiveFrame last);
}
