# Shared by the scripts beside it: say what happens, check the toolchain, install what is missing.
# Sourced, not run. Needs bash with `set -euo pipefail`.

say() { printf '%s\n' "$*"; }

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# The libraries Atelier links with: ZeroMQ, libpng, OpenBLAS, SQLite and zlib, each with its headers.
packages=(libzmq3-dev libpng-dev libopenblas-dev libsqlite3-dev zlib1g-dev)

# Installs those of the packages that are missing. ATELIER_SKIP_PACKAGES=1 leaves the system alone.
install_packages() {
    if [[ "${ATELIER_SKIP_PACKAGES:-0}" == 1 ]]; then
        say "packages: not checked (ATELIER_SKIP_PACKAGES=1)"
        return
    fi
    if ! command -v dpkg >/dev/null || ! command -v apt-get >/dev/null; then
        fail "this script installs packages on Debian and Ubuntu only. Install ZeroMQ 4.3, libpng 1.6, OpenBLAS," \
            "SQLite 3 and zlib with their headers, then run it again with ATELIER_SKIP_PACKAGES=1"
    fi

    local missing=() package
    for package in "${packages[@]}"; do
        dpkg -s "$package" 2>/dev/null | grep -q '^Status: install ok installed' || missing+=("$package")
    done
    if ((${#missing[@]} == 0)); then
        say "packages: all present"
        return
    fi

    local as_root=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null ||
            fail "packages are missing and there is no sudo. As root: apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    say "packages: installing ${missing[*]}"
    "${as_root[@]}" apt-get update -qq ||
        say "packages: the package lists could not all be updated, going on with those at hand"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        "${missing[@]}" >/dev/null || fail "apt-get could not install ${missing[*]}"
}

# Checks that a new enough Swift is in PATH.
require_swift() {
    command -v swift >/dev/null ||
        fail "swift is not in PATH. Install Swift 6.2 or later from https://www.swift.org/install/linux/"
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    if [[ "$version" =~ ^([0-9]+)\.([0-9]+)$ ]] &&
        ((BASH_REMATCH[1] < 6 || (BASH_REMATCH[1] == 6 && BASH_REMATCH[2] < 2))); then
        fail "Swift $version is too old. Install Swift 6.2 or later from https://www.swift.org/install/linux/"
    fi
    say "swift: ${version:-unknown version}"
}
