package io.obd.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.opentest4j.TestAbortedException;

/** Where the tests find the programs, keep their state, and get their images from. */
final class TestEnvironment {
    private TestEnvironment() {}

    static Installation installation() throws IOException {
        return Installation.at(path("e2e.root"));
    }

    static DebianImage debianImage() throws IOException, InterruptedException {
        return DebianImage.make(sources().resolve("debian-image"), path("e2e.cache"), Commands.in(path("e2e.cache")));
    }

    static GoldenImage goldenImage() {
        return GoldenImage.in(path("e2e.sources"));
    }

    /** The usual stack with a containerd 2.x; skips the tests where there is none. */
    static Stack.Settings withSecondContainerd() {
        try {
            return Stack.Settings.usual()
                    .with(ContainerdRelease.second()
                            .orElseThrow(() -> new TestAbortedException("containerd 2.x: none installed; build one with"
                                    + " e2e/containerd2 DIRECTORY and set " + ContainerdRelease.SECOND
                                    + "=DIRECTORY")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where what takes long to make is kept. */
    static Path cache() {
        return path("e2e.cache");
    }

    /** The directory of this module's sources. */
    static Path sources() {
        return path("e2e.sources");
    }

    /** An empty directory for one test class. Its name is short: sockets live in it. */
    static Path directory(Class<?> test) throws IOException {
        Path directory = path("e2e.state").resolve(test.getSimpleName());
        if (Files.exists(directory)) {
            Directories.delete(directory);
        }
        return Files.createDirectories(directory);
    }

    private static Path path(String property) {
        String value = System.getProperty(property);
        if (value == null) {
            throw new IllegalStateException("-D" + property + " is missing: run the tests with Maven");
        }
        return Path.of(value);
    }
}
