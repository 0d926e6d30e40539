# shellcheck shell=bash
# The console: built beside the binaries where Node is new enough, or npm can bring one that is.

NODE_LEAST=20.19
CONSOLE=$ROOT/api/console
CLIENT=$ROOT/ops/client
DOCUMENTS=$ROOT/ops/documents

# one_at_a_time FILE COMMAND…: runs it while nobody else runs one with the same file, which is there already.
one_at_a_time() {
    local fd file=$1
    shift
    (
        exec {fd}<"$file"
        flock "$fd" && "$@"
    )
}

node_works() { have node && have npm && at_least "$NODE_LEAST" "$(node --version | tr -d v)"; }

# need_node: puts a Node that is new enough first in PATH: the machine's, else one that npm has as a package of its own (the
# package `node` has a script to install it, which npm runs no more). Fails where there is no npm.
need_node() {
    local arch package bin
    node_works && return 0
    have npm || return 1
    case $(dpkg --print-architecture) in
    amd64) arch=x64 ;;
    arm64) arch=arm64 ;;
    *) return 1 ;;
    esac
    package=node-linux-$arch
    bin=$CACHE/node-22/node_modules/$package/bin
    mkdir -p "$CACHE/node-22"
    one_at_a_time "$CACHE/node-22" fetch_node "$package" || return 1
    PATH=$bin:$PATH
    export PATH
    node_works
}

# fetch_node PACKAGE: unless it is there.
fetch_node() {
    [ ! -x "$CACHE/node-22/node_modules/$1/bin/node" ] || return 0
    say "fetching Node 22 from npm: the machine's is older than $NODE_LEAST"
    npm install --silent --no-audit --no-fund --prefix "$CACHE/node-22" "$1@22" >&2
}

# hash_of FILE…: of names and contents.
hash_of() { (cd "$ROOT" && sha256sum "$@" | sha256sum | cut -c1-16); }

# npm_packages DIRECTORY: exactly those of its lock, fetched again only when that has changed. One at a time in a checkout.
npm_packages() { one_at_a_time "$1/package-lock.json" npm_packages_now "$1"; }

npm_packages_now() {
    local stamp=$1/node_modules/.lock-hash wanted
    wanted=$(hash_of "$1/package-lock.json")-$(node --version)
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then return 0; fi
    (cd "$1" && npm ci --silent --no-audit --no-fund) >&2 || return 1
    printf %s "$wanted" >"$stamp"
}

# console_hash: of everything that a build is made of.
console_hash() {
    local files
    mapfile -t files < <(cd "$ROOT" && find api/console ops/client/src -type f -not -path '*/node_modules/*' \
        -not -path 'api/console/dist/*' -not -path 'api/console/maps/*' \
        -not -path 'api/console/test/*' | sort)
    hash_of "${files[@]}"
}

# console_build: into api/console/dist, unless what is there was made of these sources. One at a time in a checkout.
console_build() { one_at_a_time "$CONSOLE/package-lock.json" console_build_now; }

console_build_now() {
    local stamp=$CONSOLE/dist/.built wanted
    wanted=$(console_hash)
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then return 0; fi
    npm_packages_now "$CONSOLE" && (cd "$CONSOLE" && npm run --silent build) >&2 || return 1
    printf %s "$wanted" >"$stamp"
}

# console_check: types, lint, tests, the build and its size, and the same of the client.
console_check() {
    need_node || die "the console needs Node $NODE_LEAST or newer, or npm to fetch it"
    npm_packages "$CLIENT" &&
        (cd "$CLIENT" && npm run --silent generate -- --check && npm test --silent) &&
        npm_packages "$CONSOLE" &&
        (cd "$CONSOLE" && npm run --silent check) &&
        console_build &&
        (cd "$CONSOLE" && npm run --silent size)
}

# documents_check: the documents of the API by the linter's strictest rules.
documents_check() {
    need_node || die "the linter of the documents needs Node $NODE_LEAST or newer, or npm to fetch it"
    npm_packages "$DOCUMENTS" && (cd "$DOCUMENTS" && npm run --silent check)
}

# console_place DIRECTORY: a copy of the build where the servers' user can read it.
console_place() {
    [ -f "$CONSOLE/dist/index.html" ] || return 0
    rm -rf "$1.new"
    cp -r "$CONSOLE/dist" "$1.new"
    chmod -R a+rX "$1.new"
    rm -rf "$1"
    mv "$1.new" "$1"
}
