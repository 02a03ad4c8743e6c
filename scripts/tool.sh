# shellcheck shell=bash disable=SC2154 # root and others are of lib.sh
# The built tool: finds it or builds it. Sourced, behind lib.sh, by what runs it; never run.

# Each state of the sources has its folder, so that a build never writes over the files of a tool that runs.
builds=$root/artifacts/bpfi

# Finds the tool for the sources as they are, and holds its folder as long as this process, and then the tool, lives.
hold_tool() {
    tool=$builds/$(fingerprint)
    [[ -x $tool/bpfi ]] || return 1
    exec 8<"$tool" && flock --shared 8 && [[ -x $tool/bpfi ]]
} 2>/dev/null

build_tool() {
    local folder started status=0
    lock_builds
    hold_tool && { unlock_builds; return; } # another start has just built it
    ensure_packages build && ensure_sdk || exit
    give_back_outputs
    started=$SECONDS
    say "building (once, and after a change of the sources)"
    folder=$builds/$(fingerprint)
    as_builder mkdir -p "$builds"
    publish_tool "$folder.new" -p:BpfiReadyToRun=true || status=$?
    if ((status == 3)); then
        # The compiler that compiles ahead is a package too, and not every source of packages has it.
        say "once more without compiling ahead: the tool will start more slowly"
        status=0
        publish_tool "$folder.new" || status=$?
    fi
    ((status)) || publish_native "$folder.new" || say "without its native part: profile and vmas will start more slowly"
    case $status in
        0) ;;
        3) die 3 "the build could not fetch its packages: is a NuGet source configured and reachable? (dotnet nuget list source)" ;;
        *) die 1 "the build failed" ;;
    esac
    keep_build "$folder" || die 1 "the built tool could not be kept in $builds"
    say "built in $((SECONDS - started)) s"
    hold_tool || die 1 "the sources changed while they were built; start again"
    unlock_builds
}

# publish_tool FOLDER ARGUMENT...
publish_tool() { publish "$root/kernel-lib/BpfInteractive.Cli" -p:BpfiLibraryFrameworks=net10.0 --output "$@"; }

# publish_native FOLDER: profile and vmas as machine code. The tool does without where its compiler, a package too, or a linker is missing.
publish_native() {
    publish "$root/kernel-lib/BpfInteractive.Cli.Native" -p:BpfiLibraryFrameworks=net10.0 -p:BpfiAot=true --output "$1.native" 2>/dev/null &&
        as_builder mkdir -p "$1/native" && as_builder mv "$1.native/bpfi" "$1/native/bpfi"
    local status=$?
    rm -rf "$1.native"
    return "$status"
}

# The program to start: the native one knows the whole tool in the folder above it.
tool_program() { if [[ -x $tool/native/bpfi ]]; then echo "$tool/native/bpfi"; else echo "$tool/bpfi"; fi; }

# Moves the build to its folder in one step, and removes the builds that no running tool holds.
keep_build() {
    local old
    for old in "$builds"/*; do
        [[ -d $old && $old != "$1.new" ]] && flock --exclusive --nonblock "$old" true && rm -rf "$old"
    done
    as_builder mv -T "$1.new" "$1"
}
