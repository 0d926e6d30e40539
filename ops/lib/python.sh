# shellcheck shell=bash
# Tools from PyPI, in virtual environments of our own under $CACHE.

# python_venv NAME REQUIREMENTS: sets VENV to an environment that holds exactly these versions; other versions, another
# environment.
python_venv() {
    local name=$1 requirements=$2
    VENV=$CACHE/$name-$(sha256sum "$requirements" | cut -c1-12)
    [ ! -e "$VENV/complete" ] || return 0
    have python3 || install_system python3 python3-venv
    say "fetching $name from PyPI"
    rm -rf "$VENV"
    python3 -m venv "$VENV" >/dev/null 2>&1 || {
        install_system python3-venv
        python3 -m venv --clear "$VENV"
    }
    "$VENV/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements" >&2
    touch "$VENV/complete"
}
