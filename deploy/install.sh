#!/bin/sh
# Makes a virtual environment that holds exactly what deploy/constraints.txt names, every file checked by its hash.
#
#   deploy/install.sh VENV core|all|dev     core: to run it; all: with every extra; dev: with the tests' tools too
#
# PYTHON names the interpreter (3.11 or newer). EDITABLE=no installs a copy instead of a link to this folder.
set -eu

venv=$1
scope=$2
python=${PYTHON:-python3}
cd "$(dirname "$0")/.."
constraints=deploy/constraints.txt

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Fenghuo needs Python 3.11 or newer, and $python is not. Name another: make ... PYTHON=python3.12" >&2
    exit 2
}
[ -x "$venv/bin/python" ] && "$venv/bin/python" -m pip --version >/dev/null 2>&1 || "$python" -m venv "$venv" || {
    echo "$python cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv" >&2
    exit 2
}

pip() {
    "$venv/bin/python" -m pip --quiet --disable-pip-version-check --no-input "$@"
}

# The names that pyproject.toml asks for; their versions and hashes come from the constraints alone.
wanted() {
    "$venv/bin/python" -c '
import sys, tomllib
project = tomllib.load(open("pyproject.toml", "rb"))["project"]
extras = [project["optional-dependencies"][name] for name in sys.argv[1:]]
print(*project["dependencies"], *sum(extras, []), sep="\n")' "$@"
}

# First the one pip that honours hashes in a constraints file; older ones ask for them in a requirements file.
sed -n '/^pip==/,/[^\\]$/p' $constraints >"$venv/pip.txt"
pip install --require-hashes --requirement "$venv/pip.txt"

# Then what builds packages, so that nothing needs an isolated build, whose tools pip would fetch unchecked.
pip install --require-hashes --constraint $constraints --group build

case $scope in
core) wanted >"$venv/wanted.txt" ;;
all | dev) wanted kafka onnx >"$venv/wanted.txt" ;;
*) echo "install.sh: expected core, all or dev, found $scope" >&2 && exit 2 ;;
esac
[ "$scope" = dev ] && groups="--group dev" || groups=""
# shellcheck disable=SC2086  # two words or none
pip install --require-hashes --constraint $constraints --no-build-isolation --requirement "$venv/wanted.txt" $groups

[ "${EDITABLE:-yes}" = yes ] && set -- --editable . || set -- .
pip install --no-deps --no-build-isolation --no-index "$@"
