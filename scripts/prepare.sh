# Sourced by demo.sh, test.sh and .ci/run from the project's root: installs and builds what is missing. POSIX sh.

say() { printf 'octet: %s\n' "$*" >&2; }

die() {
  say "$@"
  exit 1
}

need_node() {
  command -v node >/dev/null 2>&1 || die "Node is not on the PATH. Install Node 20.19 or newer (https://nodejs.org)."
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
    die "Node $(node --version) is too old. Install Node 20.19 or newer."
}

# What npm has installed is told by its own copy of the lock file; the stamp tells a changed lock from a touched one.
ensure_modules() {
  need_node
  lock=$(cksum <package-lock.json)
  stamp=node_modules/.octet-lock
  [ -f node_modules/.package-lock.json ] && [ "$(cat $stamp 2>/dev/null)" = "$lock" ] && return 0
  if [ ! -f node_modules/.package-lock.json ] || [ -f $stamp ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    say "installing node modules (npm ci)"
    npm ci --no-audit --no-fund >&2 || die "npm ci failed: see above."
  fi
  printf '%s\n' "$lock" >$stamp
}

can_apt() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; }

apt_install() {
  say "installing $1 (apt-get)"
  export DEBIAN_FRONTEND=noninteractive
  # RUNLEVEL=1: the package's own service is not started; Octet starts its own.
  RUNLEVEL=1 apt-get install -y --no-install-recommends "$1" >&2 && return 0
  apt-get update >&2 && RUNLEVEL=1 apt-get install -y --no-install-recommends "$1" >&2
}

have_any() {
  for program in "$@"; do command -v "$program" >/dev/null 2>&1 && return 0; done
  return 1
}

ensure_redis() {
  [ -n "${REDIS_URL:-}" ] && return 0
  have_any redis-server valkey-server && return 0
  can_apt && apt_install redis-server && return 0
  die "Redis is not on this machine (no redis-server on the PATH). Three ways out:
  1. install it: apt-get install redis-server (Debian, Ubuntu), dnf install redis (Fedora), brew install redis (macOS)
  2. point to one you have: REDIS_URL=redis://host:6379 (it must keep its data: appendonly yes, maxmemory-policy noeviction)
  3. run one in a container: docker run -d -p 127.0.0.1:6379:6379 redis:7 redis-server --appendonly yes --maxmemory-policy noeviction, then REDIS_URL=redis://127.0.0.1:6379"
}

ensure_chromium() {
  [ -n "${OCTET_CHROMIUM:-}" ] && return 0
  have_any chromium chromium-browser google-chrome google-chrome-stable && return 0
  can_apt && apt_install chromium && return 0
  die "The browser tests need Chromium. Install it (apt-get install chromium, dnf install chromium), or set OCTET_CHROMIUM to the program."
}

# A build is made anew when a source is newer than it.
ensure_build() {
  built=dist/.built
  if [ -f $built ]; then
    newer=$(find apps libs migrations examples bin package-lock.json nest-cli.json tsconfig.json -type f \
      \( -name '*.ts' -o -name '*.tsx' -o -name '*.css' -o -name '*.html' -o -name '*.json' -o -name '*.js' \) \
      -newer $built | head -n 1)
    [ -z "$newer" ] && return 0
  fi
  say "building"
  npm run --silent build >&2 || die "The build failed: see above."
  : >$built
}
