package io.obd.rafs.build;

import io.obd.rafs.data.ChunkSource;

/**
 * The content of a regular file that is not in a blob yet.
 *
 * @param content of the file
 * @param size in bytes
 */
public record SourceFile(ChunkSource content, long size) {}
