namespace BpfInteractive.Charts;

/// <summary>Shows outputs on a notebook's page.</summary>
/// <param name="forms">One output's forms by their MIME types.</param>
/// <param name="id">The output's id.</param>
/// <param name="isUpdate">Whether it stands in the place of what came under that id before.</param>
public delegate void LivePageSink(IReadOnlyDictionary<string, string> forms, string id, bool isUpdate);
