using System.Text.Json;

namespace BpfInteractive.Analysis;

/// <summary>Profiles in files.</summary>
public static class ProfileFiles
{
    private const int JsonSchema = 1;

    /// <summary>
    /// Writes the profile to a file, by the name's ending: <c>.pb.gz</c> (pprof), <c>.folded</c>, <c>.speedscope.json</c>, <c>.json</c>, <c>.csv</c> (a row a stack),
    /// <c>.txt</c> (the functions as a table), or <c>.parquet</c>: a folder with all that was captured, which <see cref="OpenProfileAsync"/> reads back. It is whole or is not there.
    /// </summary>
    /// <exception cref="ArgumentException">The name's ending is none of these.</exception>
    public static Task SaveAsync(this Profile profile, string path, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(path);
        var token = cancellationToken.CanBeCanceled ? cancellationToken : BpfScope.Current.CancellationToken;
        var format = FormatOf(path);
        return format == ProfileFormat.Parquet
            ? ProfileParquet.WriteAsync(profile, path, token)
            : WholeFile.WriteAsync(path, stream => profile.WriteAsync(format, stream, token));
    }

    /// <summary>Writes the profile to a file, and waits until it is there; see <see cref="SaveAsync"/>.</summary>
    public static void Save(this Profile profile, string path) =>
        Task.Run(() => profile.SaveAsync(path)).GetAwaiter().GetResult(); // off the caller\'s thread: a cell\'s is the one that Parquet.Net would come back to

    /// <summary>Writes the profile in a format that is one stream.</summary>
    /// <exception cref="ArgumentException">The format is Parquet, which is a folder: use <see cref="SaveAsync"/>.</exception>
    public static async Task WriteAsync(this Profile profile, ProfileFormat format, Stream output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(profile);
        switch (format)
        {
            case ProfileFormat.Pprof:
                await PprofWriter.WriteAsync(profile, output, cancellationToken).ConfigureAwait(false);
                break;
            case ProfileFormat.Speedscope:
                SpeedscopeWriter.Write(profile, output);
                break;
            case ProfileFormat.Json:
                WriteJson(profile, output);
                break;
            case ProfileFormat.Parquet:
                throw new ArgumentException("a profile in Parquet is a folder, not a stream", nameof(format));
            default:
                var text = new StreamWriter(output, leaveOpen: true) { NewLine = "\n" };
                await using (text.ConfigureAwait(false))
                {
                    WriteText(profile, format, text);
                }

                break;
        }
    }

    /// <summary>Reads a profile that was saved as <c>.parquet</c>.</summary>
    /// <exception cref="InvalidDataException">There is no profile, or one of another schema version.</exception>
    public static Task<Profile> OpenProfileAsync(string path, CancellationToken cancellationToken = default) => ProfileParquet.ReadAsync(path, cancellationToken);

    /// <summary>Reads a profile that was saved as <c>.parquet</c>, and waits for it; see <see cref="OpenProfileAsync"/>.</summary>
    public static Profile OpenProfile(string path) => Task.Run(() => OpenProfileAsync(path)).GetAwaiter().GetResult();

    /// <summary>The format that a file's name asks for.</summary>
    /// <exception cref="ArgumentException">The name's ending is none that is known.</exception>
    public static ProfileFormat FormatOf(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path.ToUpperInvariant() switch
        {
            var name when name.EndsWith(".PB.GZ", StringComparison.Ordinal) || name.EndsWith(".PPROF", StringComparison.Ordinal) => ProfileFormat.Pprof,
            var name when name.EndsWith(".SPEEDSCOPE.JSON", StringComparison.Ordinal) => ProfileFormat.Speedscope,
            var name when name.EndsWith(".JSON", StringComparison.Ordinal) => ProfileFormat.Json,
            var name when name.EndsWith(".FOLDED", StringComparison.Ordinal) => ProfileFormat.Folded,
            var name when name.EndsWith(".CSV", StringComparison.Ordinal) => ProfileFormat.Csv,
            var name when name.EndsWith(".TXT", StringComparison.Ordinal) => ProfileFormat.Table,
            var name when name.TrimEnd('/').EndsWith(".PARQUET", StringComparison.Ordinal) => ProfileFormat.Parquet,
            _ => throw new ArgumentException(
                $"cannot tell a format from '{path}': it should end in .pb.gz, .folded, .speedscope.json, .json, .csv, .txt or .parquet", nameof(path)),
        };
    }

    private static void WriteText(Profile profile, ProfileFormat format, TextWriter text)
    {
        switch (format)
        {
            case ProfileFormat.Folded:
                profile.WriteFolded(text, byValue: profile.Info.ValueType == "off-cpu"); // How often one was blocked says little.
                break;
            case ProfileFormat.Csv:
                new CsvWriter(text).Write(profile.StackColumns());
                break;
            default:
                text.Write(profile.FunctionColumns().ToTable());
                break;
        }
    }

    /// <summary>Schema 1: schema, event, value {type, unit}, start and duration in ns, summary, losses, functions, stacks.</summary>
    private static void WriteJson(Profile profile, Stream output)
    {
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        var (info, summary) = (profile.Info, profile.Summarize());
        json.WriteStartObject();
        json.WriteNumber("schema", JsonSchema);
        json.WriteString("event", info.Event);
        json.WriteString("value_type", info.ValueType);
        json.WriteString("value_unit", info.ValueUnit);
        json.WriteString("target", info.Target);
        json.WriteString("start_unix_ns", info.Start.UnixNs.ToString(System.Globalization.CultureInfo.InvariantCulture));
        json.WriteNumber("duration_ns", info.Duration.Ticks * 100);
        json.WriteStartObject("summary");
        json.WriteNumber("samples", summary.Samples);
        json.WriteNumber("processes", summary.Processes);
        json.WriteNumber("user_leaves", summary.UserLeaves);
        json.WriteNumber("user_leaves_mapped", summary.UserLeavesMapped);
        json.WriteNumber("user_leaves_named", summary.UserLeavesNamed);
        json.WriteNumber("frames", summary.Frames);
        json.WriteNumber("frames_named", summary.FramesNamed);
        json.WriteNumber("stacks_broken", summary.Broken);
        json.WriteNumber("stacks_truncated", summary.Truncated);
        json.WriteStartObject("unnamed");
        foreach (var (reason, frames) in summary.Unnamed)
        {
            json.WriteNumber(FrameReasons.TextOf(reason), frames);
        }

        json.WriteEndObject();
        json.WriteEndObject();
        json.WritePropertyName("losses");
        CaptureMetadata.WriteLosses(json, profile.Losses);
        json.WritePropertyName("functions");
        JsonLinesWriter.WriteArray(json, profile.FunctionColumns());
        json.WritePropertyName("stacks");
        JsonLinesWriter.WriteArray(json, profile.StackColumns());
        json.WriteEndObject();
    }
}
