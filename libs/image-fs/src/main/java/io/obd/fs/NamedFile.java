package io.obd.fs;

import io.obd.fs.tar.ByteString;

/**
 * A name in a directory and what it stands for.
 *
 * @param name without any slash
 */
public record NamedFile(ByteString name, FileInfo file) {}
