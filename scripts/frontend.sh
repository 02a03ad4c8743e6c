# shellcheck shell=bash disable=SC2154 # root, work and others are of lib.sh and test
# Front ends whose code comes from npm: fetched, made one file, and shown what the kernel publishes. Sourced by test; never run.

# frontend_lab: JupyterLab's own output code. Its packages are pinned by the lock file; what they install themselves is not run.
frontend_lab() {
    local sources=$root/tests/BpfInteractive.Jupyter.Tests/lab folder=$root/artifacts/lab
    command -v npm >/dev/null || die 3 "JupyterLab's output code comes from npm, which is not installed (apt-get install npm)"
    mkdir -p "$folder"
    if ! cmp -s "$sources/package-lock.json" "$folder/package-lock.json" || [[ ! -d $folder/node_modules ]]; then
        say "fetching JupyterLab's output code (npm)"
        cp "$sources/package.json" "$sources/package-lock.json" "$folder/"
        if ! npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund >"$work/npm.log" 2>&1; then
            cat "$work/npm.log" >&2
            rm -rf "$folder"
            die 3 "npm could not fetch JupyterLab's output code"
        fi
    fi
    cp "$sources/page.js" "$folder/"
    (cd "$folder" && node_modules/.bin/esbuild page.js --bundle --minify --outfile=lab.js --loader:.svg=text --loader:.css=empty --define:global=window --log-level=warning) ||
        die 1 "JupyterLab's output code could not be made one file"
    export BPFI_LAB_SCRIPT=$folder/lab.js
}
