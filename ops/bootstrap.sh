#!/bin/sh
# Makes .venv from a hash-locked requirements file, with this project in it.
#
#   ops/bootstrap.sh run|dev
#
# With uv if it is there, else with venv and pip. A stamp in .venv remembers what was
# installed, so that the next call costs nothing; dev contains run.
set -eu
cd "$(dirname "$0")/.."
wanted=$1

fail() {
    echo "interlock: $1" >&2
    exit 1
}

# What an environment was made from; the folder too, since an editable install names it.
fingerprint() {
    { pwd; cat "requirements/$1.txt" pyproject.toml; } | cksum
}

installed() {
    [ "$(cat ".venv/interlock-$1" 2>/dev/null)" = "$(fingerprint "$1")" ]
}

find_python() {
    for candidate in ${PYTHON:-} python3.13 python3.12 python3.11 python3 python; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
}

if .venv/bin/python -c '' 2>/dev/null; then
    if installed dev || installed "$wanted"; then
        exit 0
    fi
else
    rm -rf .venv
fi

uv=$(command -v uv || true)

if [ ! -d .venv ]; then
    python=$(find_python)
    if [ -n "$uv" ]; then
        "$uv" venv --quiet --python "${python:->=3.11}" .venv ||
            fail "uv could not make .venv (see above): install Python 3.11 or newer"
    else
        [ -n "$python" ] ||
            fail "there is no Python 3.11 or newer: install it (Debian: apt-get install python3 python3-venv), or name it with PYTHON=..."
        if ! said=$("$python" -m venv .venv 2>&1); then
            rm -rf .venv
            echo "$said" >&2
            fail "$python cannot make a virtual environment: install its venv module (Debian: apt-get install python3-venv), or uv"
        fi
    fi
fi

if [ -n "$uv" ]; then
    install() { "$uv" pip install --quiet --python .venv/bin/python "$@"; }
else
    # An environment that uv made has no pip.
    .venv/bin/python -c 'import pip' 2>/dev/null || .venv/bin/python -m ensurepip >/dev/null
    install() { .venv/bin/python -m pip install --quiet --no-input --disable-pip-version-check "$@"; }
fi

echo "interlock: installing the packages of requirements/$wanted.txt into .venv" >&2
install --require-hashes -r "requirements/$wanted.txt" ||
    fail "the packages of requirements/$wanted.txt could not be installed (see above): see that the Python package index can be reached"
# From the folder itself, with the build tools just installed: nothing is downloaded.
install --no-deps --no-build-isolation -e . ||
    fail "the project could not be installed into .venv (see above)"
fingerprint "$wanted" >".venv/interlock-$wanted"
