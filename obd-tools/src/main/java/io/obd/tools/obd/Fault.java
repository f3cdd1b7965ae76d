package io.obd.tools.obd;

import io.obd.block.BlobException;

/**
 * Something wrong with an image.
 *
 * @param file what it is in: a file, a URL, or a path in the image
 * @param offset byte position there; in the file system, on the virtual disk
 * @param rule what was checked, expected and found
 */
record Fault(String file, long offset, String rule) {

    /** What a reader of a format found. */
    static Fault of(BlobException e) {
        String prefix = e.blob() + ": at byte " + e.offset() + ": ";
        String message = String.valueOf(e.getMessage());
        return new Fault(
                e.blob(), e.offset(), message.startsWith(prefix) ? message.substring(prefix.length()) : message);
    }

    @Override
    public String toString() {
        return file + ": at byte " + offset + ": " + rule.replace('\n', ' ');
    }
}
