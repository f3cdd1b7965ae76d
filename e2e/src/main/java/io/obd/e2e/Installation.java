package io.obd.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The assembled tree whose programs are run, in place. */
record Installation(Path root) {

    /** The tree, if it is built. */
    static Installation at(Path root) throws IOException {
        Installation installation = new Installation(root.toRealPath());
        if (!Files.isExecutable(Path.of(installation.convertor()))) {
            throw new StackException(root + " holds no programs: run 'mvn -q -DskipTests package' first");
        }
        return installation;
    }

    String backend() {
        return program("bin/overlaybd-tcmu");
    }

    /** One of the overlaybd-* tools. */
    String tool(String name) {
        return program("bin/" + name);
    }

    /** The command that makes programs start faster. */
    String makeAotCache() {
        return program("bin/make-aot-cache");
    }

    String snapshotter() {
        return program("snapshotter/overlaybd-snapshotter");
    }

    String convertor() {
        return program("snapshotter/convertor");
    }

    String attacher() {
        return program("snapshotter/overlaybd-attacher");
    }

    String ctr() {
        return program("snapshotter/ctr");
    }

    /** Directory of the overlaybd-* tools. */
    String tools() {
        return program("bin");
    }

    /** One of the nydus programs. */
    String nydus(String name) {
        return root.resolve("usr/local/bin").resolve(name).toString();
    }

    /** One of the nydus programs' configuration files, as users get them. */
    Path nydusConfiguration(String name) {
        return root.resolve("etc/nydus").resolve(name);
    }

    /** One of the files for containerd's configuration. */
    Path containerdSample(String name) {
        return Path.of(program("share/containerd")).resolve(name);
    }

    private String program(String name) {
        return root.resolve("opt/overlaybd").resolve(name).toString();
    }
}
