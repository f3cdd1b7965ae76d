# Read by the launchers, with "home" set to the tree that holds lib/: finds a JDK 25 and becomes a program of it.

version=@version@

# A launcher is the first part of every start: what the shell can do itself it does without another program.

# For programs that build images within seconds: the optimising compiler is for what runs really often. On two cores it takes from
# the work what it needs itself.
# shellcheck disable=SC2034 # read by the launchers
late_optimising="-XX:Tier4InvocationThreshold=100000 -XX:Tier4MinInvocationThreshold=20000 \
-XX:Tier4CompileThreshold=300000 -XX:Tier4BackEdgeThreshold=400000"

# is_java_25 DIRECTORY PROGRAM: whether it is a Java 25 that has this program.
is_java_25() {
    [ -x "$1/bin/$2" ] || return 1
    if [ -r "$1/release" ]; then
        while read -r line; do
            case $line in JAVA_VERSION=\"25[\".+-]*) return 0 ;; esac
        done <"$1/release"
        return 1
    fi
    "$1/bin/java" -version 2>&1 | grep -q 'version "25[".+-]'
}

# find_java PROGRAM: prints the directory of a Java 25 that has this program: java, javac.
find_java() {
    for candidate in "${JAVA_HOME:-}" /usr/lib/jvm/*25*; do
        if [ -n "$candidate" ] && is_java_25 "$candidate" "$1"; then
            echo "$candidate"
            return
        fi
    done
    candidate=$(readlink -f -- "$(command -v java || echo /nonexistent)") || candidate=
    candidate=${candidate%/bin/java}
    if [ -n "$candidate" ] && is_java_25 "$candidate" "$1"; then
        echo "$candidate"
        return
    fi
    echo "${0##*/}: no Java 25 with $1 in JAVA_HOME, /usr/lib/jvm or PATH:" \
        "install one (openjdk-25-jdk-headless or temurin-25-jdk) or set JAVA_HOME" >&2
    return 1
}

# cache_of MODULE: prints where the module's cache for these jars is, or is to be. JVMs before 25.0.4 do not look whether the
# jars are still those of the cache (JDK-8377932): they would go on with the classes of the program that was here before.
# shellcheck disable=SC2154 # home is set by the launcher
cache_of() {
    jars=$(cd "$home/lib" && stat -c '%n %s %Y' ./*.jar | cksum)
    echo "$home/lib/aot/$1-${jars% *}.aot"
}

launch() {
    module=$1 main=$2 flags=$3
    shift 3
    java_home=$(find_java java) || exit 127
    jar=$home/lib/$module-$version.jar
    if [ ! -r "$jar" ]; then
        echo "${0##*/}: $jar is missing: build the tree with 'mvn -DskipTests package'" >&2
        exit 127
    fi
    # A cache that does not fit the JDK costs time, not words. It holds no machine code: the JVM does not notice that such code
    # is for another processor, and dies of it.
    no_code="-XX:+UnlockDiagnosticVMOptions -XX:-AOTAdapterCaching"
    if [ -n "${OVERLAYBD_AOT_RECORD:-}" ]; then
        flags="$flags $no_code -XX:AOTCacheOutput=$OVERLAYBD_AOT_RECORD"
        # The program leaves the JVM its own end then, at which the cache is written.
        export OVERLAYBD_AOT_RECORD
    elif [ -d "$home/lib/aot" ] && aot=$(cache_of "$module") && [ -r "$aot" ]; then
        flags="$flags $no_code -XX:AOTCache=$aot -Xlog:aot*=off -Xlog:cds*=off"
    fi
    # The JVM takes the form of file names from the locale; services often have none.
    LC_ALL=C.UTF-8
    export LC_ALL
    # Native libraries are loaded from the tree; each knows its place by another name.
    { read -r machine </proc/sys/kernel/arch; } 2>/dev/null || machine=$(uname -m)
    case $machine in x86_64) machine=amd64 ;; esac
    native=$home/lib/native/$machine
    usual=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}/usr/java/packages/lib:/usr/lib64:/lib64:/lib:/usr/lib
    if [ ! -d "$native" ]; then native=; fi
    # No file for performance counters in /tmp: a process that ends without the JVM's own end would leave it there.
    # Flags are words without blanks; the expansion is meant to split, and not to glob.
    set -f
    # shellcheck disable=SC2086
    exec "$java_home/bin/java" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
        ${native:+"-Djava.library.path=$native:$usual"} ${native:+"-Djffi.boot.library.path=$native"} \
        ${native:+"-DZstdNativePath=$native/libzstd-jni.so"} ${native:+"-Dorg.sqlite.lib.path=$native"} \
        -XX:+UseSerialGC -XX:-UsePerfData "-XX:CompileCommandFile=$home/lib/compile-commands" \
        $flags ${OVERLAYBD_JAVA_OPTS:-} -cp "$jar" "$main" "$@"
}
