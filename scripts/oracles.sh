#!/usr/bin/env bash
# Installs what tests compare us with, into .oracles/: the servers of others that speak our vendors' wires (`pytest -m oracle`),
# axe-core, which looks for what keeps people out of our pages (tests/browser/test_axe.py), markdown-it (benchmarks/browser),
# and TypeScript, which checks the types of our scripts (tests/oracle/test_types_of_scripts.py).
# Can be run again at any time; what is there already is left alone. Needs npm and pip.
set -euo pipefail
cd "$(dirname "$0")/.."
aimock=1.43.0
axe=4.14.1
markdown_it=15.0.3
typescript=5.9.3
llmock=0.2.2
python=.venv/bin/python
[ -x "$python" ] || python=python3
failed=0
mkdir -p .oracles

from_npm() { # package version
  grep -qs "\"version\": \"$2\"" ".oracles/node_modules/$1/package.json" && return
  npm install --prefix .oracles --no-audit --no-fund --ignore-scripts --loglevel error "$1@$2" \
    || { echo "NOT INSTALLED: $1 (npm)"; failed=1; }
}
from_npm @copilotkit/aimock "$aimock"
from_npm axe-core "$axe"
from_npm markdown-it "$markdown_it"
from_npm typescript "$typescript"

# An environment of its own: its dependencies must not meet ours.
if [ ! -d ".oracles/llmock-$llmock.done" ]; then
  "$python" -m venv .oracles/venv \
    && .oracles/venv/bin/python -m pip install --quiet --disable-pip-version-check "llmock==$llmock" \
    && mkdir ".oracles/llmock-$llmock.done" \
    || { echo "NOT INSTALLED: llmock (PyPI)"; failed=1; }
fi
exit $failed
