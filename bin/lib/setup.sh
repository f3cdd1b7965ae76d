# Read by quickstart and run-tests: makes a Debian machine ready to build and run the project.

. "$repository/bin/lib/launch.sh"

program=${0##*/}

need_root() {
    if [ "$(id -u)" -ne 0 ]; then
        echo "$program: run it as root: it mounts file systems and runs containers" >&2
        exit 1
    fi
}

need_jdk() {
    JAVA_HOME=$(find_java javac) || exit 1
    export JAVA_HOME
    export MAVEN_OPTS=--sun-misc-unsafe-memory-access=allow
}

# What is used, as command:package. A command that is there, whoever installed it, needs no package.
tools="containerd:containerd runc:runc docker-registry:docker-registry skopeo:skopeo umoci:umoci
    mmdebstrap:mmdebstrap openssl:openssl htpasswd:apache2-utils getfattr:attr setfacl:acl setcap:libcap2-bin
    igzip:isal mvn:maven python3:python3 e2fsck:e2fsprogs fsck.erofs:erofs-utils mkfs.xfs:xfsprogs losetup:mount setsid:util-linux"

# need_tools [COMMAND:PACKAGE...]: installs the packages of commands that are missing.
need_tools() {
    missing=
    for pair in $tools "$@"; do
        if ! command -v "${pair%%:*}" >/dev/null; then missing="$missing ${pair##*:}"; fi
    done
    if [ ! -e /etc/ssl/certs/ca-certificates.crt ]; then missing="$missing ca-certificates"; fi
    if [ -z "$missing" ] && apt-get indextargets --format '$(ORIGIN)' | grep -q Debian; then return; fi

    if ! command -v apt-get >/dev/null; then
        echo "$program: this is no Debian machine; install by other means:$missing" >&2
        exit 1
    fi
    echo "installing Debian packages:$missing"
    export DEBIAN_FRONTEND=noninteractive
    timeout 300 apt-get -q -q update || exit 1
    if [ -z "$missing" ]; then return; fi
    # Services of the packages are not wanted: everything runs as private instances.
    if [ ! -e /usr/sbin/policy-rc.d ]; then
        printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
        chmod 755 /usr/sbin/policy-rc.d
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    fi
    # shellcheck disable=SC2086
    timeout 900 apt-get -q -q install --yes --no-install-recommends $missing >/dev/null || exit 1
    if [ "$(readlink -f /proc/1/exe)" = /usr/lib/systemd/systemd ]; then
        case $missing in *docker-registry*) systemctl --quiet disable docker-registry ;; esac
    fi
    rm -f /usr/sbin/policy-rc.d
    trap - EXIT
}
