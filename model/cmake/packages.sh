# SPDX-License-Identifier: Apache-2.0 OR MIT
# Sourced: need PACKAGE... installs what is missing of these Debian packages, as root or by sudo.
# Elsewhere it installs nothing; configuring then names what is missing.
need() {
    command -v dpkg-query >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1 || return 0
    missing=
    for package; do
        case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
        *"ok installed") ;;
        *) missing="$missing $package" ;;
        esac
    done
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" -eq 0 ]; then
        as_root=
    elif command -v sudo >/dev/null 2>&1; then
        as_root=sudo
    else
        echo "Missing:$missing. Run this as root, or install sudo, or: apt-get install$missing" >&2
        return 1
    fi
    echo "Installing:$missing" >&2
    # shellcheck disable=SC2086 # lists of words
    $as_root apt-get update -qq >/dev/null &&
        $as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq --no-install-recommends $missing >/dev/null
}
