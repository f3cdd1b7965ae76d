package io.obd.convertor;

import io.obd.convert.ConversionEngine;
import java.nio.file.Path;
import java.util.function.Function;

/**
 * A format that is asked for.
 *
 * @param title in the words of the log
 * @param tag of the result
 * @param artifactType of a result that refers to its source
 * @param directory name of the directory for its files below the working directory; empty for that itself
 * @param engine makes the engine for one image, which puts its files into the directory given
 */
record Format(
        String title, String tag, String artifactType, String directory, Function<Path, ConversionEngine> engine) {
    static final String NATIVE_TITLE = "overlaybd";
    static final String NATIVE_ARTIFACT = "application/vnd.containerd.overlaybd.native.v1+json";
}
