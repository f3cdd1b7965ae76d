package io.obd.convert.records;

import io.obd.convert.Blob;

/**
 * A layer that is in a repository.
 *
 * @param host of the registry, as image names have it
 * @param repository its path there
 */
record LayerRow(String host, String repository, Blob blob) {}
