package io.obd.snapshotter;

import java.nio.file.Path;

/**
 * A turboOCI layer.
 *
 * @param metadata the layer of metadata on this host
 * @param gzipIndex index of the original layer, empty if that is not compressed
 * @param target digest of the original layer
 * @param repoBlobUrl where the original layer is
 */
record TurboOciFiles(Path metadata, String gzipIndex, String target, String repoBlobUrl) {}
