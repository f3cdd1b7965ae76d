package io.obd.convert.records;

import io.obd.registry.Digest;

/**
 * An image that is in a repository.
 *
 * @param size of the manifest, bytes
 */
record ManifestRow(String host, String repository, Digest digest, long size) {}
