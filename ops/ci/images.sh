# shellcheck shell=bash
# shellcheck disable=SC2034 # for those that read this
# The images of a run, as OCI archives in images/NAME-ARCH.tar: built by one job, tested and published by others.

IMAGES=(api gateway migrator)

arch() { printf %s "${ARCH:-$(dpkg --print-architecture)}"; }
archive() { printf 'images/%s-%s.tar' "$1" "${2:-$(arch)}"; }
sha() { printf %s "${GITHUB_SHA:-$(git rev-parse HEAD)}"; }

# need_archive NAME: built here where no other job has left it.
need_archive() {
    if [ -s "$(archive "$1")" ]; then return; fi
    [ "${CI:-}" != true ] || die "$(archive "$1") is not there: the build check leaves it"
    mkdir -p images
    docker buildx build --file "Dockerfile.$1" --output "type=oci,dest=$(archive "$1")" \
        --build-arg "GIT_SHA=$(sha)" --build-arg "SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)" .
}

# load NAME: into the daemon, as blockbotx-NAME:ci.
load() {
    need_archive "$1"
    skopeo copy --quiet "oci-archive:$(archive "$1")" "docker-daemon:blockbotx-$1:ci"
}

# program_of NAME FILE: the binary of the loaded image.
program_of() {
    local id
    id=$(docker create "blockbotx-$1:ci")
    docker cp --quiet "$id:/usr/local/bin/$1" "$2"
    docker rm "$id" >/dev/null
}
