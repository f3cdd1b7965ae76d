package io.obd.convert;

import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import java.nio.file.Path;

/**
 * A layer of the result.
 *
 * @param file the blob
 * @param descriptor as it stands in the manifest, with annotations
 * @param diffId as it stands in the config
 */
public record ConvertedLayer(Path file, Descriptor descriptor, Digest diffId) {}
