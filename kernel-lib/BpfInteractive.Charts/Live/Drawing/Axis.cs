namespace BpfInteractive.Charts;

/// <summary>A scale from zero in steps that people count in.</summary>
internal readonly record struct Axis(double Top, double Step)
{
    /// <summary>A scale that holds a value, with three to six steps.</summary>
    internal static Axis Of(double greatest)
    {
        if (!(greatest > 0) || !double.IsFinite(greatest))
        {
            return new Axis(1, 0.5);
        }

        var power = Math.Pow(10, Math.Floor(Math.Log10(greatest / 3)));
        var step = new[] { 1.0, 2, 5, 10 }.Select(factor => factor * power).Last(candidate => candidate * 2.5 <= greatest || candidate == power);
        return new Axis(Math.Ceiling(greatest / step) * step, step);
    }
}
