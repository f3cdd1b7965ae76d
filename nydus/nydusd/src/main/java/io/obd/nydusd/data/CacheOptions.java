package io.obd.nydusd.data;

import java.nio.file.Path;

/**
 * How content is cached.
 *
 * @param directory of the files; made if it is not there
 * @param together stored bytes that are fetched at once for a read
 * @param prefetched stored bytes that are fetched at once before anybody asks for them
 * @param isIndexed whether the next run may find what this one has cached
 * @param verify whether all content has to have its digest
 */
public record CacheOptions(Path directory, int together, int prefetched, boolean isIndexed, boolean verify) {}
