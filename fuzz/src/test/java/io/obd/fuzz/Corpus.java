package io.obd.fuzz;

import java.nio.file.Path;

/** The inputs that are kept: those that reach all of a reader, and every one that ever was a finding. */
final class Corpus {
    private static final Path ROOT = Path.of("corpus");

    private Corpus() {}

    static Path of(String target) {
        return ROOT.resolve(target);
    }
}
