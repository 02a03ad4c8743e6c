# shellcheck shell=bash disable=SC2154 # root, work and others are of lib.sh and test
# The gallery in Jupyter and without it: each notebook by nbconvert, then by bpfi run, which compares what both showed. Sourced by test; never run.

gallery_usage() {
    cat <<'USAGE'
usage: scripts/test gallery [--as-user] [TEXT...]

Runs the notebooks of the gallery, or those whose name has a TEXT, twice: in Jupyter, by nbconvert, then by `bpfi run --compare`. Prints the
seconds of both and whether they showed the same. The exit status is 1 when a notebook failed or showed something else.

  --as-user   Jupyter and its kernel run as a user made for it and let in by `bpfi setup-user`, without root; the runner remains root's, so that
              the comparison tells what an ordinary user does not get. Without a TEXT the notebooks 1 to 7.
USAGE
}

# gallery [TEXT...]: the table, then the differences.
gallery() {
    local notebook name status=0 jupyter_s runner_s word started
    [[ ${1:-} != --help && ${1:-} != -h ]] || { gallery_usage && return; }
    ((EUID == 0)) || die 3 "loading BPF programs needs root"
    if [[ ${1:-} == --as-user ]]; then
        shift
        (($#)) || set -- 01- 02- 03- 04- 05- 06- 07-
        gallery_user=bpfi-gallery-$$
    fi
    [[ ${1:-} != -* ]] || { gallery_usage >&2 && return 2; }
    install_gallery >&2 || return 1
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
            TMPDIR=$work/tmp "$prefix_folder/lib/bpfi/current/bpfi" run "$notebook" --compare "$work/$name.ipynb" >/dev/null 2>"$work/$name.log" </dev/null ||
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

# The tool and its entry in Jupyter's list, in $prefix_folder. The runner is the tool that Jupyter starts: the mappings of both are of the same files.
install_gallery() {
    local tool=$root/kernel-lib/BpfInteractive.Cli/bin/Release/net10.0/bpfi
    prefix_folder=$work/jupyter
    [[ ${gallery_user:-} ]] || { "$tool" jupyter install --prefix "$prefix_folder" && return; }
    # Not below TMPDIR, which may be closed to others.
    prefix_folder=$(mktemp -d /var/tmp/bpfi-gallery-XXXXXX)
    trap 'remove_gallery_user; rm -rf "$work"' EXIT
    chmod 755 "$prefix_folder"
    PATH=$PATH:/usr/sbin useradd --create-home --home-dir "$prefix_folder/home" --shell /bin/sh "$gallery_user" &&
        "$tool" setup-user "$gallery_user" --group "$gallery_user-bpf" --prefix "$prefix_folder"
}

# What setup-user and useradd made. A kernel that still runs would hold the user.
remove_gallery_user() {
    "$root/kernel-lib/BpfInteractive.Cli/bin/Release/net10.0/bpfi" setup-user "$gallery_user" --remove --group "$gallery_user-bpf" --prefix "$prefix_folder" >/dev/null
    PATH=$PATH:/usr/sbin userdel "$gallery_user" 2>/dev/null
    rm -rf "$prefix_folder"
}

# in_jupyter NOTEBOOK NAME: what it shows goes to $work/NAME.ipynb.
in_jupyter() {
    local folder=$work status=0 as_user=()
    local -a paths
    if [[ ${gallery_user:-} ]]; then
        folder=$prefix_folder/home
        as_user=(setpriv --reuid "$gallery_user" --regid "$gallery_user" --init-groups --inh-caps=-all env --ignore-environment PATH=/usr/bin:/bin "--chdir=$folder")
        install -m 644 "$1" "$folder/$2.asked.ipynb"
        set -- "$folder/$2.asked.ipynb" "$2"
    fi
    paths=("HOME=$folder" "JUPYTER_PATH=$prefix_folder/share/jupyter" "JUPYTER_RUNTIME_DIR=$folder/runtime" "JUPYTER_CONFIG_DIR=$folder/config")
    [[ ${gallery_user:-} ]] || paths+=("TMPDIR=$work/tmp")
    "${as_user[@]}" env "${paths[@]}" /usr/bin/python3 -W ignore -m nbconvert --to notebook --execute --output-dir "$folder" --output "$2.ipynb" "$1" || status=$?
    [[ $folder == "$work" ]] || cp "$folder/$2.ipynb" "$work/" 2>/dev/null
    return "$status"
}

# seconds_since EPOCHREALTIME, with one digit behind the point.
seconds_since() {
    local -i tenths=$(((${EPOCHREALTIME/[.,]/} - ${1/[.,]/}) / 100000))
    printf '%d.%d' $((tenths / 10)) $((tenths % 10))
}
