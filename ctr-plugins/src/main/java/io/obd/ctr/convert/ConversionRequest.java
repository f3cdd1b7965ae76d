package io.obd.ctr.convert;

import io.obd.lsmt.blob.ZFileOptions;

/**
 * What to convert into what.
 *
 * @param source name of an image in containerd
 * @param target name of the result in containerd
 * @param gigabytes size of the device
 */
public record ConversionRequest(
        String source, String target, FileSystemSpec fileSystem, ZFileOptions compression, long gigabytes) {}
