#!/bin/sh
# npm test: installs and builds what is missing, then runs every test. Arguments go to vitest (a file, -t NAME).
set -eu
cd "$(dirname "$0")/.."
. scripts/prepare.sh
ensure_modules
ensure_redis
ensure_chromium
ensure_build
reports=dist/test-reports
rm -rf $reports
mkdir -p $reports
status=0
run() {
  report=$1
  shift
  npx vitest run --reporter=default --reporter=json --outputFile.json="$reports/$report.json" "$@" || status=1
}
run small --project unit --project medium --passWithNoTests "$@"
# Whole programs and timing: nothing else runs beside them.
run large --project e2e --passWithNoTests "$@"
node scripts/test-summary.mjs $reports || status=1
exit $status
