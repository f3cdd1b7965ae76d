package io.obd.convert;

import io.obd.registry.Digest;

/**
 * A blob of a result.
 *
 * @param size bytes
 */
public record Blob(Digest digest, long size) {}
