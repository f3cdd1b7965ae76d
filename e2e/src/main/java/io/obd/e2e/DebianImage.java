package io.obd.e2e;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A real image of about 200 MB with python3, made of Debian packages.
 *
 * @param layout OCI layout with the image under the tag {@code latest}
 * @param tree the unpacked root tree
 */
record DebianImage(Path layout, Path tree) {
    private static final Duration LIMIT = Duration.ofMinutes(10);

    /** The image in skopeo's words. */
    String source() {
        return "oci:" + layout + ":latest";
    }

    /**
     * Makes the image, or takes the one that was made before.
     *
     * @param script the recipe, {@code e2e/debian-image}
     * @param cache where the image is kept
     * @param commands what runs the recipe
     */
    static DebianImage make(Path script, Path cache, Commands commands) throws IOException, InterruptedException {
        commands.within(LIMIT).run(script.toString(), cache.toString()).orFail();
        return new DebianImage(cache.resolve("layout"), cache.resolve("tree"));
    }
}
