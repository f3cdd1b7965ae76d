package io.obd.ctr.convert;

import io.obd.lsmt.blob.ZFileOptions;

/**
 * What to convert into what.
 *
 * @param source name of an image in containerd
 * @param destination where the result goes
 * @param gigabytes size of the device
 */
public record ConversionRequest(
        String source, Destination destination, FileSystemSpec fileSystem, ZFileOptions compression, long gigabytes) {}
