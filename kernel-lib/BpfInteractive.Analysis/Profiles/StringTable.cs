namespace BpfInteractive.Analysis;

/// <summary>The texts of a pprof file by number; the first is "".</summary>
internal sealed class StringTable(IList<string> texts)
{
    private readonly Dictionary<string, long> _numbers = new(StringComparer.Ordinal);

    internal long this[string text]
    {
        get
        {
            if (!_numbers.TryGetValue(text, out var number))
            {
                number = texts.Count;
                _numbers.Add(text, number);
                texts.Add(text);
            }

            return number;
        }
    }
}
