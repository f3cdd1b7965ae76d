package io.obd.holder;

import io.obd.linux.RawFile;
import java.util.List;

/**
 * What the holder keeps under a key.
 *
 * @param value what the descriptors mean, in the words of who put them there; at most {@value #MAX_VALUE} bytes
 * @param descriptors may be empty
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
public record Held(String key, byte[] value, List<RawFile> descriptors) {
    /** Longest value in bytes. */
    public static final int MAX_VALUE = 16 << 10;

    /** Checks the length of the value. */
    public Held {
        if (value.length > MAX_VALUE) {
            throw new IllegalArgumentException(key + ": " + value.length + " bytes are too many to hold");
        }
        descriptors = List.copyOf(descriptors);
    }
}
