namespace BpfInteractive.Analysis;

/// <summary>How a profile is written.</summary>
public enum ProfileFormat
{
    /// <summary>The functions as a table in plain text.</summary>
    Table,

    /// <summary>A line a stack, as flamegraph.pl takes them.</summary>
    Folded,

    /// <summary>pprof's profile.proto, gzipped.</summary>
    Pprof,

    /// <summary>speedscope's JSON.</summary>
    Speedscope,

    /// <summary>A folder of Parquet files with all that was captured; read back by <see cref="ProfileFiles.OpenProfile"/>.</summary>
    Parquet,

    /// <summary>A row a stack.</summary>
    Csv,

    /// <summary>One document: summary, losses, functions, stacks.</summary>
    Json,
}
