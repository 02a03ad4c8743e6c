using Microsoft.Data.Analysis;

namespace BpfInteractive.Analysis;

/// <summary>What a row of a profile's table is.</summary>
public enum ProfileRow
{
    /// <summary>A sample: when, where, whose, its leaf and its stack.</summary>
    Sample,

    /// <summary>A distinct stack of a process name.</summary>
    Stack,

    /// <summary>A function: self and total.</summary>
    Function,
}

/// <summary>Profiles as DataFrames.</summary>
public static class ProfileDataFrames
{
    /// <summary>The profile as a DataFrame, a row a function unless told otherwise; the columns are those of <see cref="Profile.FunctionColumns"/> and its like.</summary>
    public static DataFrame ToDataFrame(this Profile profile, ProfileRow by = ProfileRow.Function, DataFrameOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(profile);
        var rows = by switch
        {
            ProfileRow.Sample => profile.SampleColumns(),
            ProfileRow.Stack => profile.StackColumns(),
            _ => profile.FunctionColumns(),
        };
        return rows.ToDataFrame(options);
    }
}
