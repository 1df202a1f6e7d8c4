#!/bin/sh
# npm run demo [-- --exit] [-- --port N]: installs and builds what is missing, then runs `octet demo`.
set -eu
cd "$(dirname "$0")/.."
. scripts/prepare.sh
ensure_modules
ensure_redis
ensure_build
exec node bin/octet.js demo "$@"
