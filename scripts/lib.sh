# shellcheck shell=bash
# What the scripts share: what this machine must have, and the build. Sourced, never run.
#
# Everything said here goes to standard error: standard output belongs to the command that a script runs in the end.

name=$(readlink -f "$0")
name=${name##*/}
root=$(readlink -f "${BASH_SOURCE[0]}")
root=${root%/scripts/*}

say() { printf '%s: %s\n' "$name" "$*" >&2; }

# die STATUS TEXT: 1 what was asked for failed, 2 wrong usage, 3 this machine lacks something.
die() {
    say "${@:2}"
    exit "$1"
}

# ---- packages ------------------------------------------------------------------------------------------------------------------------

clang_newest=22
clang_tested=19 # what is installed where the distribution has it
clang_oldest=14

# The clang to use: the caller's choice, else the newest that is there.
find_clang() {
    local version
    [[ -n ${BPFI_CLANG:-} ]] && command -v "$BPFI_CLANG" && return
    for ((version = clang_newest; version >= clang_oldest; version--)); do
        command -v "clang-$version" && return
    done
    command -v clang
}

# Whether a clang is there that the project is tested with, or a newer one.
has_tested_clang() {
    local version
    for ((version = clang_newest; version >= clang_tested; version--)); do
        command -v "clang-$version" >/dev/null && return
    done
    return 1
}

# find_first NAME...: whether any of these files is there.
find_first() {
    local file
    for file; do
        [[ -e $file ]] && return 0
    done
    return 1
}

has_libbpf() { find_first /usr/lib/*/libbpf.so.1 /usr/lib64/libbpf.so.1 /usr/lib/libbpf.so.1 /lib/*/libbpf.so.1 /usr/local/lib*/libbpf.so.1; }
has_libbpf_headers() { find_first /usr/include/bpf/bpf_helpers.h /usr/local/include/bpf/bpf_helpers.h; }
has_certificates() { find_first /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/ca-bundle.pem /etc/ssl/cert.pem; }

# The things that are missing to run the tool, and with "build" to build it, by the names this file gives them.
missing_things() {
    find_clang >/dev/null || echo clang
    has_libbpf && has_libbpf_headers || echo libbpf
    [[ ${1:-} != build ]] || has_certificates || echo certificates # packages are fetched by https
}

# What one command takes beside that, by the command line.
missing_for() {
    case "${1:-}" in
        notebook) has_notebook || echo jupyter ;;
        setup-user)
            command -v cc >/dev/null && find_first /usr/include/pwd.h || echo cc
            PATH=$PATH:/usr/sbin:/sbin command -v setcap >/dev/null || echo setcap
            ;;
    esac
}

# The classic Notebook of the distribution's own Python; another Python may stand first on the path.
has_notebook() { /usr/bin/python3 -c 'import notebook' 2>/dev/null; }

# The names that this machine's package manager has for the things named; unknown things keep their name.
package_names() {
    local manager=$1 thing
    shift
    for thing; do
        case $manager:$thing in
            apt:clang) apt_clang ;;
            apt:libbpf) echo libbpf-dev ;;
            apt:certificates) echo ca-certificates ;;
            apt:cc) printf '%s\n' gcc libc6-dev binutils ;;
            apt:perf) apt_has linux-perf && echo linux-perf || echo linux-tools-generic ;;
            apt:xz) echo xz-utils ;;
            apt:musl) echo musl-tools ;;
            apt:go) echo golang-go ;;
            apt:libdw) echo libdw1 ;;
            *:libdw) echo elfutils-libs ;;
            apt:jupyter) echo jupyter-notebook ;;
            apt:setcap) echo libcap2-bin ;;
            apt:ipykernel) printf '%s\n' python3-ipykernel jupyter-client ;;
            dnf:jupyter | zypper:jupyter) echo python3-notebook ;;
            apt:jupyter-kernel-test) echo python3-jupyter-kernel-test ;;
            dnf:libbpf | zypper:libbpf) echo libbpf-devel ;;
            *:certificates) echo ca-certificates ;;
            *:cc) echo gcc ;;
            *) echo "$thing" ;;
        esac
    done
}

# clang-19 or, where the distribution has none, the newest below it, else the distribution's own choice.
apt_clang() {
    local version
    for ((version = clang_tested; version >= clang_oldest; version--)); do
        apt_has "clang-$version" && echo "clang-$version" && return
    done
    echo clang
}

apt_has() { [[ $(LC_ALL=C apt-cache policy "$1" 2>/dev/null) == *Candidate:\ [0-9]* ]]; }

# How a person installs packages here.
install_command() {
    local manager=$1
    shift
    case $manager in
        apt) echo "apt-get install --yes --no-install-recommends $*" ;;
        dnf) echo "dnf install $*" ;;
        zypper) echo "zypper install $*" ;;
        pacman) echo "pacman -S $*" ;;
        *) echo "your package manager, for: $*" ;;
    esac
}

package_manager() {
    local manager
    for manager in apt-get dnf zypper pacman; do
        command -v "$manager" >/dev/null && echo "${manager%-get}" && return
    done
    echo unknown
}

apt_quietly() {
    local log
    log=$(mktemp)
    if ! DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" >"$log" 2>&1 </dev/null; then
        cat "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}

# install_things THING...: installs by apt as root; anywhere else says what a person has to type, and gives 3.
install_things() {
    local manager packages
    manager=$(package_manager)
    if [[ $manager == apt ]] && ((EUID == 0)); then
        # A machine whose package lists were never fetched knows no candidate for anything.
        apt_has libbpf-dev || apt_quietly update || return 3
        mapfile -t packages < <(package_names apt "$@")
        say "installing ${packages[*]} (apt)"
        apt_quietly install --yes --no-install-recommends "${packages[@]}" && return 0
        # Old lists name versions that the archive no longer has.
        apt_quietly update && apt_quietly install --yes --no-install-recommends "${packages[@]}" && return 0
        say "could not install ${packages[*]}"
        return 3
    fi
    mapfile -t packages < <(package_names "$manager" "$@")
    say "this machine lacks $*; install as root: $(install_command "$manager" "${packages[@]}")"
    return 3
}

# ensure_packages [build]: what running (or building) takes, apart from the SDK. Gives 3 where something stays missing.
ensure_packages() {
    local things
    mapfile -t things < <(missing_things "$@")
    ((${#things[@]})) || return 0
    install_things "${things[@]}" || return 3
    has_libbpf || { say "this distribution's libbpf is older than 1.0, which the tool cannot use (libbpf.so.1, 1.1 or newer, is needed)"; return 3; }
}

# ---- .NET ----------------------------------------------------------------------------------------------------------------------------

sdk_version=10.0

# Where .NET may be, beside the search path (which sudo cuts short).
find_dotnet() {
    local candidate home
    home=$(builder_home)
    for candidate in "${DOTNET_ROOT:+$DOTNET_ROOT/dotnet}" "$(command -v dotnet)" "$home/.dotnet/dotnet" \
        /usr/share/dotnet/dotnet /usr/lib/dotnet/dotnet /usr/lib64/dotnet/dotnet /usr/local/share/dotnet/dotnet; do
        [[ -x $candidate ]] && readlink -f "$candidate" && return
    done
    return 1
}

# Sets DOTNET_ROOT, by which the tool's own executable finds the runtime too.
use_dotnet() {
    local dotnet
    dotnet=$(find_dotnet) || return 1
    export DOTNET_ROOT=${dotnet%/*}
}

has_sdk() { use_dotnet && DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 "$DOTNET_ROOT/dotnet" --list-sdks 2>/dev/null | grep -q "^${sdk_version%%.*}\."; }

# The SDK, from a package source that the machine already has; this script adds none.
ensure_sdk() {
    has_sdk && return 0
    if ((EUID == 0)) && command -v apt-get >/dev/null; then
        apt_has "dotnet-sdk-$sdk_version" || apt_quietly update || :
        if apt_has "dotnet-sdk-$sdk_version"; then
            say "installing dotnet-sdk-$sdk_version (apt)"
            apt_quietly install --yes --no-install-recommends "dotnet-sdk-$sdk_version" && has_sdk && return 0
        fi
    fi
    say "the .NET $sdk_version SDK is not installed, and no configured package source has it;" \
        "get it from https://dotnet.microsoft.com/download/dotnet/$sdk_version or your distribution (dotnet-sdk-$sdk_version)"
    return 3
}

# ---- mounts --------------------------------------------------------------------------------------------------------------------------

# The kernel's file systems for tracing and BPF, which a minimal system leaves unmounted. A refusal is doctor's to explain.
ensure_mounts() {
    ((EUID == 0)) || return 0
    local mounts entry type folder
    mounts=$(</proc/self/mounts)
    for entry in tracefs:/sys/kernel/tracing bpf:/sys/fs/bpf securityfs:/sys/kernel/security; do
        type=${entry%%:*} folder=${entry#*:}
        [[ $mounts == *" $folder $type "* || ! -d $folder ]] && continue
        mount -t "$type" "$type" "$folder" 2>/dev/null && say "mounted $folder"
    done
    return 0
}

# ---- building ------------------------------------------------------------------------------------------------------------------------

# Under sudo the calling user builds, so that no output and no package cache in the clone or the home is left to root. A clone that is
# not that user's own is built by root.
builds_for_caller() { ((EUID == 0)) && [[ ${SUDO_UID:-0} != 0 && $(stat -c %u "$root") == "$SUDO_UID" ]]; }

builder_home() {
    if builds_for_caller; then
        getent passwd "$SUDO_UID" | cut -d: -f6
    else
        echo "${HOME:-/}"
    fi
}

# as_builder COMMAND...: by the user who builds, without the rights that sudo gave; ends when this script does.
as_builder() {
    local -a prefix=(setpriv --pdeathsig TERM)
    if builds_for_caller; then
        prefix+=(--reuid "$SUDO_UID" --regid "${SUDO_GID:-$SUDO_UID}" --init-groups --inh-caps=-all)
        prefix+=(env "HOME=$(builder_home)" "USER=$SUDO_USER" "LOGNAME=$SUDO_USER")
    fi
    # Nothing of a build may live on: a compiler server or a build node would keep files, and rights, beyond the command.
    DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE=true \
        DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 UseSharedCompilation=false \
        "${prefix[@]}" "$@"
}

# One word for the names, times and sizes of all that the tool is built from. A time that goes back is a change as well.
fingerprint() {
    local sum
    sum=$(LC_ALL=C find "$root"/kernel-lib "$root"/bpf "$root"/notebooks "$root"/*.props "$root"/*.targets "$root/global.json" \
        \( -name bin -o -name obj -o -name '.*' \) -prune -o -type f -printf '%p %T@ %s\n' 2>/dev/null | cksum)
    echo "${sum// /-}"
}

# An earlier build by root (without sudo) would stop the caller's.
give_back_outputs() {
    builds_for_caller || return 0
    find "$root" -path "$root/.git" -prune -o -user root \( -path '*/bin*' -o -path '*/obj*' \) -exec chown -h "$SUDO_UID:${SUDO_GID:-$SUDO_UID}" {} + 2>/dev/null
}

# One build of a clone at a time. The lock is on the clone's folder itself, so that it leaves no file.
lock_builds() {
    exec 9<"$root"
    flock --nonblock 9 && return
    say "waiting for another build of this clone"
    flock --timeout 900 9 || die 1 "the other build did not end in 15 minutes"
}

unlock_builds() { exec 9<&-; }

# build ARGUMENT..., publish ARGUMENT...: `dotnet build` and `publish` with their output shown only when they fail.
build() { run_sdk build "$@"; }
publish() { run_sdk publish "$@"; }

# run_sdk VERB ARGUMENT...: the temporary files, which the SDK forgets, go with it.
run_sdk() {
    local log status=0 temporary
    log=$(mktemp)
    temporary=$(as_builder mktemp -d)
    TMPDIR=$temporary as_builder "$DOTNET_ROOT/dotnet" "$@" --configuration Release --verbosity quiet --nologo -tl:off -nodeReuse:false \
        -clp:NoSummary -p:UseSharedCompilation=false >"$log" 2>&1 </dev/null || status=$?
    ((status)) && { grep -E '(error|warning) [A-Z]+[0-9]+' "$log" | sort -u | head -n 40 >&2 || cat "$log" >&2; }
    if ((status)) && grep -qE 'error NU(1100|1101|1102|1301)' "$log"; then
        status=3 # a package could not be fetched
    fi
    rm -rf "$log" "$temporary"
    return "$status"
}
