using System.Text.RegularExpressions;
using static BpfInteractive.Tests.Symbols.SymbolPrograms;

namespace BpfInteractive.Tests.Symbols;

public sealed partial class RustDemanglerTests
{
    /// <summary>Names that rustc 1.95 wrote, and how llvm-cxxfilt reads them.</summary>
    [Theory]
    [InlineData("_RINvCseg5vz0rOR1E_6sample5arrayKj3_Kb1_Kce9_Kan5_EB2_", "sample::array::<3, true, 'é', -5>")]
    [InlineData("_RINvCseg5vz0rOR1E_6sample5tupleThAlj0_uEEB2_", "sample::tuple::<(u8, [i32; 0], ())>")]
    [InlineData("_RINvCseg5vz0rOR1E_6sample5tupleThEEB2_", "sample::tuple::<(u8,)>")]
    [InlineData("_RINvNtCseg5vz0rOR1E_6sampleu9gre_6ka8iu8lnge_loalEB4_", "sample::größe::länge::<i32>")]
    [InlineData("_RNCINvNtCseg5vz0rOR1E_6sampleu9gre_6ka8iu8lnge_loalE0B6_", "sample::größe::länge::<i32>::{closure#0}")]
    [InlineData("_RINvYNtCseg5vz0rOR1E_6sample6CircleNtB5_5Shape5scaleKj2_EB5_", "<sample::Circle as sample::Shape>::scale::<2>")]
    [InlineData(
        "_RNSNvYNCNvCseg5vz0rOR1E_6sample4mains0_0INtNtNtCsgEmfK2I1SDS_4core3ops8function6FnOnceTRhQxEE9call_once6vtableB8_",
        "<sample::main::{closure#2} as core::ops::function::FnOnce<(&u8, &mut i64)>>::call_once::{shim:vtable#0}")]
    [InlineData(
        "_RINvNtCsgEmfK2I1SDS_4core3ptr13drop_in_placeINtNtCslNYArtu3iFV_5alloc5boxed3BoxDG0_INtNtNtB4_3ops8function2FnTRL1_hQL0_xEEp6OutputRL1_hNtNtB4_6marker4SendEL_EECseg5vz0rOR1E_6sample",
        "core::ptr::drop_in_place::<alloc::boxed::Box<dyn for<'a, 'b> core::ops::function::Fn<(&'a u8, &'b mut i64), Output = &'a u8> + core::marker::Send>>")]
    [InlineData(
        "_RINvMs4_NtCsgY6Mt91CT9J_14rustc_demangle2v0NtB6_7Printer14print_sep_listNvB2_15print_dyn_traitEB8_",
        "<rustc_demangle::v0::Printer>::print_sep_list::<<rustc_demangle::v0::Printer>::print_dyn_trait>")]
    [InlineData("_RNvNtCs1234_7mycrate3foo3bar.llvm.123", "mycrate::foo::bar")]
    [InlineData("_RNvNtCs1234_7mycrate3foo3bar.cold", "mycrate::foo::bar.cold")]
    public void A_v0_name_becomes_the_one_of_the_source(string mangled, string expected) => Assert.Equal(expected, Demangler.Demangle(mangled));

    /// <summary>From the tests of rust-lang/rustc-demangle: constants and types that stable Rust does not write.</summary>
    [Theory]
    [InlineData("_RNvC6_123foo3bar", "123foo::bar")]
    [InlineData("_RNqCs4fqI2P2rA04_11utf8_identsu30____7hkackfecea1cbdathfdh9hlq6y", "utf8_idents::საჭმელად_გემრიელი_სადილი")]
    [InlineData("_RNCNCNgCs6DXkGYLi8lr_2cc5spawn00B5_", "cc::spawn::{closure#0}::{closure#0}")]
    [InlineData("_RNCINkXs25_NgCsbmNqQUJIY6D_4core5sliceINyB9_4IterhENuNgNoBb_4iter8iterator8Iterator9rpositionNCNgNpB9_6memchr7memrchrs_0E0Bb_",
        "<core::slice::Iter<u8> as core::iter::iterator::Iterator>::rposition::<core::slice::memchr::memrchr::{closure#1}>::{closure#0}")]
    [InlineData("_RINbNbCskIICzLVDPPb_5alloc5alloc8box_freeDINbNiB4_5boxed5FnBoxuEp6OutputuEL_ECs1iopQbuBiw2_3std", "alloc::alloc::box_free::<dyn alloc::boxed::FnBox<(), Output = ()>>")]
    [InlineData("_RINtC8arrayvec8ArrayVechKj7b_E", "arrayvec::ArrayVec::<u8, 123>")]
    [InlineData("_RMCs4fqI2P2rA04_13const_genericINtB0_8UnsignedKhb_E", "<const_generic::Unsigned<11>>")]
    [InlineData("_RMCs4fqI2P2rA04_13const_genericINtB0_6SignedKs98_E", "<const_generic::Signed<152>>")]
    [InlineData("_RMCs4fqI2P2rA04_13const_genericINtB0_6SignedKanb_E", "<const_generic::Signed<-11>>")]
    [InlineData("_RMCs4fqI2P2rA04_13const_genericINtB0_4BoolKb0_E", "<const_generic::Bool<false>>")]
    [InlineData("_RMCs4fqI2P2rA04_13const_genericINtB0_4CharKc76_E", "<const_generic::Char<'v'>>")]
    [InlineData("_RMCs4fqI2P2rA04_13const_genericINtB0_4CharKca_E", @"<const_generic::Char<'\n'>>")]
    [InlineData("_RIC0Ke616263_E", "::<{*\"abc\"}>")]
    [InlineData("_RIC0KVNtNtC4core6option6OptionTj0_EE", "::<{core::option::Option(0)}>")]
    [InlineData("_RIC0KRe616263_E", "::<{\"abc\"}>")]
    [InlineData("_RIC0KAj1_j2_EE", "::<{[1, 2]}>")]
    [InlineData("_RIC0KTb1_j2_EE", "::<{(true, 2)}>")]
    public void So_do_those_of_the_demanglers_own_tests(string mangled, string expected) => Assert.Equal(expected, Demangler.Demangle(mangled));

    [Theory]
    [InlineData("_RNvC1")]
    [InlineData("_RIC0KReEECs1_3bar")]
    [InlineData("_RIC0KAlj1_lj2_EE")]
    [InlineData("_RNvB5_3bar")]
    [InlineData("_R1NvC3foo3bar")]
    [InlineData("_RC0")]
    public void What_is_no_name_of_Rusts_stays_as_it_is(string name) => Assert.Equal(name, Demangler.Demangle(name));

    [Fact]
    public void A_name_that_repeats_itself_without_end_stays_as_it_is()
    {
        // Each tuple holds the one before it twice: two to the fortieth letters.
        var text = new System.Text.StringBuilder("_RIC1aTuuE");
        var last = 5;
        for (var level = 0; level < 40; level++)
        {
            var at = text.Length - 2;
            var back = last == 0 ? "B_" : "B" + Base62(last - 1) + "_";
            text.Append($"T{back}{back}E");
            last = at;
        }

        var name = text.Append('E').ToString();
        Assert.Equal(name, Demangler.Demangle(name));
        Assert.Equal("_R" + new string('S', 5000), Demangler.Demangle("_R" + new string('S', 5000)));
    }

    [Fact]
    public void Damaged_names_do_no_harm()
    {
        const string Letters = "_BCNMXYIvtsKLEGTRQPODFSAhjbcenp0123456789abcZu";
        var random = new Random(11);
        var seeds = typeof(RustDemanglerTests).GetMethod(nameof(A_v0_name_becomes_the_one_of_the_source))!.GetCustomAttributes(typeof(InlineDataAttribute), false)
            .Select(data => (string)((InlineDataAttribute)data).Data[0]!).ToArray();
        for (var round = 0; round < 20_000; round++)
        {
            var name = seeds[random.Next(seeds.Length)].ToCharArray();
            for (var changes = random.Next(1, 5); changes > 0; changes--)
            {
                name[random.Next(2, name.Length)] = Letters[random.Next(Letters.Length)];
            }

            Assert.NotEmpty(Demangler.Demangle(new string(name, 0, random.Next(3, name.Length + 1))));
        }
    }

    [Theory]
    [InlineData("v0")]
    [InlineData("legacy")]
    [Slow]
    public void Every_name_of_a_real_program_reads_as_another_demangler_reads_it(string scheme)
    {
        Require.Tool("rustc");
        Require.Tool("llvm-cxxfilt");
        using var folder = new TemporaryFolder();
        var source = folder.Write("sample.rs", RustSample.Text);
        Run("env", "RUSTC_BOOTSTRAP=1", "rustc", "-Z", "unstable-options", "-C", $"symbol-mangling-version={scheme}", "-C", "opt-level=0", "-C", "debuginfo=0", "-o", folder["sample"], source);
        var names = Run("nm", folder["sample"]).Split('\n').Select(line => line.Split(' ')[^1])
            .Where(name => name.StartsWith(scheme == "v0" ? "_R" : "_ZN", StringComparison.Ordinal)).Distinct().ToArray();
        var theirs = RunWithInput("llvm-cxxfilt", string.Join('\n', names) + "\n").Split('\n');

        Assert.True(names.Length > 200, $"{names.Length} names");
        for (var i = 0; i < names.Length; i++)
        {
            // LLVM knows the legacy form as C++: with the hash and its own spelling of signs; there, the demangler's own words must be gone.
            if (scheme == "legacy")
            {
                Assert.DoesNotMatch(@"\$(LT|GT|RF|BP|C|u[0-9a-f]+)\$|::h[0-9a-f]{16}$|^_ZN", Demangler.Demangle(names[i]));
            }
            else if (!theirs[i].Contains("\\u{", StringComparison.Ordinal))
            {
                Assert.Equal(CloneSuffix().Replace(theirs[i], "$1"), Demangler.Demangle(names[i]));
            }
        }
    }

    /// <summary>LLVM puts " (.0)" where rustc-demangle leaves ".0".</summary>
    [GeneratedRegex(@" \((\.[^)]*)\)$")]
    private static partial Regex CloneSuffix();

    private static string Base62(int value)
    {
        const string Digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        return value < 62 ? Digits[value].ToString() : Base62(value / 62) + Digits[value % 62];
    }
}
