package io.obd.tools;

import java.nio.file.Path;

/** Files made by the originals, which lie with the modules that read them. */
final class Golden {
    private Golden() {}

    /** A layer, a pair or a ZFile, by its name in the manifest. */
    static Path blocks(String name) {
        return Path.of("../lsmt-format/src/test/resources/golden").resolve(name);
    }

    /** The tar of an image layer. */
    static Path tar(String name) {
        return Path.of("../libs/image-fs/src/test/resources/layers").resolve(name);
    }
}
