package io.obd.tools.obd;

/**
 * One thing in which two files of the same path differ.
 *
 * @param field what it is: type, mode, owner, size, mtime, xattr, content, target, device
 * @param from in the first image, empty where it has no short form
 * @param to in the second image
 */
record Difference(String field, String from, String to) {
    @Override
    public String toString() {
        return from.isEmpty() && to.isEmpty() ? field : field + " " + from + " -> " + to;
    }
}
