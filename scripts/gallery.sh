# shellcheck shell=bash disable=SC2154 # root, work and others are of lib.sh and test
# The gallery in Jupyter and without it: each notebook by nbconvert, then by bpfi run, which compares what both showed. Sourced by test; never run.

gallery_usage() {
    cat <<'USAGE'
usage: scripts/test gallery [TEXT...]

Runs the notebooks of the gallery, or those whose name has a TEXT, twice: in Jupyter, by nbconvert, then by `bpfi run --compare`. Prints the
seconds of both and whether they showed the same. The exit status is 1 when a notebook failed or showed something else.
USAGE
}

# gallery [TEXT...]: the table, then the differences.
gallery() {
    local notebook name status=0 jupyter_s runner_s word started
    [[ ${1:-} != --help && ${1:-} != -h ]] || { gallery_usage && return; }
    [[ ${1:-} != -* ]] || { gallery_usage >&2 && return 2; }
    ((EUID == 0)) || die 3 "loading BPF programs needs root"
    # The runner is the tool that Jupyter starts: the mappings of both are of the same files.
    "$root/kernel-lib/BpfInteractive.Cli/bin/Release/net10.0/bpfi" jupyter install --prefix "$work/jupyter" >&2 || return 1
    printf '%-24s %9s %9s  %s\n' notebook nbconvert 'bpfi run' agree
    for notebook in "$root"/notebooks/*.ipynb; do
        name=${notebook##*/} name=${name%.ipynb}
        is_asked_for "$name" "$@" || continue
        started=$EPOCHREALTIME runner_s='' word=yes
        if ! in_jupyter "$notebook" "$name" >"$work/$name.log" 2>&1 </dev/null; then
            word="no: nbconvert failed"
        fi
        jupyter_s=$(seconds_since "$started")
        if [[ $word == yes ]]; then
            started=$EPOCHREALTIME
            TMPDIR=$work/tmp "$work/jupyter/lib/bpfi/current/bpfi" run "$notebook" --compare "$work/$name.ipynb" >/dev/null 2>"$work/$name.log" </dev/null ||
                word="no: $(grep -c '^bpfi: ' "$work/$name.log") differences"
            runner_s=$(seconds_since "$started")
        fi
        printf '%-24s %9s %9s  %s\n' "$name" "$jupyter_s" "$runner_s" "$word"
        [[ $word == yes ]] || { status=1; tail -n 20 "$work/$name.log" | sed 's/^/    /'; }
    done
    return "$status"
}

is_asked_for() {
    local text
    (($# > 1)) || return 0
    for text in "${@:2}"; do
        [[ $1 == *"$text"* ]] && return 0
    done
    return 1
}

# in_jupyter NOTEBOOK NAME: what it shows goes to $work/NAME.ipynb.
in_jupyter() {
    env "HOME=$work" "TMPDIR=$work/tmp" "JUPYTER_PATH=$work/jupyter/share/jupyter" "JUPYTER_RUNTIME_DIR=$work/runtime" "JUPYTER_CONFIG_DIR=$work/config" \
        /usr/bin/python3 -W ignore -m nbconvert --to notebook --execute --output-dir "$work" --output "$2.ipynb" "$1"
}

# seconds_since EPOCHREALTIME, with one digit behind the point.
seconds_since() {
    local -i tenths=$(((${EPOCHREALTIME/[.,]/} - ${1/[.,]/}) / 100000))
    printf '%d.%d' $((tenths / 10)) $((tenths % 10))
}
