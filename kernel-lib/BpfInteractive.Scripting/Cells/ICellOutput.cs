namespace BpfInteractive.Scripting;

/// <summary>One of the two streams of text that a cell writes.</summary>
public enum CellStream
{
    /// <summary>Standard output.</summary>
    Output,

    /// <summary>Standard error.</summary>
    Error,
}

/// <summary>How a place shows what changes many times a second.</summary>
public enum CellLiveForm
{
    /// <summary>A page: the first state as HTML, the later ones by a script that changes it where it stands.</summary>
    Page,

    /// <summary>A terminal: text over the text before.</summary>
    InPlace,

    /// <summary>A file or a pipe: the last state alone.</summary>
    LastOnly,
}

/// <summary>
/// Where what a cell shows goes: a front end's page, a console, a notebook file. Called from any thread, also after the cell has ended: a thread that it left behind may
/// still write.
/// </summary>
public interface ICellOutput
{
    /// <summary>Text of one of the streams, as it comes: parts of lines too.</summary>
    void Write(CellStream stream, string text);

    /// <summary>The value of the cell's last expression.</summary>
    void Result(MimeBundle bundle);

    /// <summary>Something shown on the way.</summary>
    /// <param name="bundle">Its forms.</param>
    /// <param name="displayId">By which it can be changed later.</param>
    /// <param name="isUpdate">True when what is already shown under this id changes.</param>
    void Display(MimeBundle bundle, string displayId, bool isUpdate);

    /// <summary>Takes back what the cell has shown so far.</summary>
    /// <param name="wait">Only when the next output comes, which avoids flicker.</param>
    void Clear(bool wait);

    /// <summary>A long text to read beside the cell: documentation.</summary>
    void Page(MimeBundle bundle);

    /// <summary>Asks the person in front for a line.</summary>
    /// <param name="prompt">What is asked.</param>
    /// <param name="isPassword">True when what is typed must not show.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The line, or null at the end of input.</returns>
    /// <exception cref="InvalidOperationException">There is nobody to ask.</exception>
    string? ReadLine(string prompt, bool isPassword, CancellationToken cancellationToken);

    /// <summary>True the first time it is asked for a page: charts bring their drawing code once.</summary>
    bool NeedsPlotly();

    /// <summary>How live displays are shown here.</summary>
    CellLiveForm LiveForm => CellLiveForm.Page;

    /// <summary>Whether a person sits in front; where nobody does, live displays end by themselves after ten seconds.</summary>
    bool IsWatched => true;
}
