#!/bin/sh
# Makes this checkout ready: finds what is missing, names the apt line (as root: runs it), builds .venv from the pinned
# lists. `tools/prepare.sh run` for the platform, `tools/prepare.sh test` for tests and checks as well.
set -eu
cd "$(dirname "$0")/.."
what=${1:?run or test}

apt_packages() {  # installs the packages named, or says how
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "prepare: installing $* (apt)"
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq
        apt-get install -y -qq --no-install-recommends "$@" >/dev/null
    else
        echo "prepare: missing on this machine. Please run:  sudo apt-get install $*" >&2
        exit 1
    fi
}

find_python() {  # a Python 3.11 that can make virtual environments
    for candidate in "${PYTHON:-}" python3.11 python3 /usr/bin/python3.11 /usr/bin/python3; do
        [ -n "$candidate" ] || continue
        if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
}

if [ ! -x .venv/bin/python ]; then
    missing=
    command -v git >/dev/null || missing="$missing git"
    # Fan-out and telling are compiled here; without a compiler viewers are served by the paths in Python.
    command -v cc >/dev/null && [ -e /usr/include/stdio.h ] || missing="$missing gcc libc6-dev"
    [ -n "$(find_python)" ] || missing="$missing python3 python3-venv"
    # shellcheck disable=SC2086 -- a list of words
    [ -z "$missing" ] || apt_packages $missing
    python=$(find_python)
    [ -n "$python" ] || { echo "prepare: Ringside needs Python 3.11 (Debian 12: apt-get install python3 python3-venv)" >&2; exit 1; }
    echo "prepare: making .venv with $python"
    "$python" -m venv .venv
fi

install() {  # installs a pinned list once, again when the list has changed
    list=requirements/$1.txt stamp=.venv/installed-$1.txt
    cmp -s "$list" "$stamp" && return
    echo "prepare: installing $(grep -c == "$list") pinned packages of $list"
    .venv/bin/python -m pip install --disable-pip-version-check --no-deps --progress-bar on -r "$list"
    .venv/bin/python -m pip check >/dev/null
    cp "$list" "$stamp"
}

install run
.venv/bin/python -m streaming.media.native.build
.venv/bin/python -m streaming.feed.native.build
[ "$what" = test ] || exit 0
install test
if [ -z "$(command -v chromium || true)" ] && [ ! -x /usr/bin/chromium ]; then apt_packages chromium fonts-wqy-microhei; fi
# Pages are tested in half the time by the engine alone; without it by the browser.
if [ "$(id -u)" = 0 ] && [ ! -x /usr/bin/chromium-headless-shell ] && command -v apt-get >/dev/null; then
    apt_packages chromium-headless-shell || echo "prepare: going on without chromium-headless-shell"
fi
# shellcheck disable=SC2144 -- one file of that name
[ -e /usr/share/fonts/truetype/wqy/wqy-microhei.ttc ] || apt_packages fonts-wqy-microhei
# Without coturn the tests of TURN say that they are skipped. Where systemd runs, its package would start a server.
if [ "$(id -u)" = 0 ] && [ ! -d /run/systemd/system ] && [ -z "$(command -v turnserver || true)" ] && command -v apt-get >/dev/null; then
    apt_packages coturn || echo "prepare: going on without coturn"
fi
