package io.obd.fs;

import io.obd.fs.tar.ByteString;
import java.util.ArrayList;
import java.util.List;

/** Paths of tar entries and symlinks as lists of names. */
final class EntryPath {
    static final ByteString SELF = ByteString.of(".");
    static final ByteString PARENT = ByteString.of("..");

    private EntryPath() {}

    /** The names of a path, without empty ones and {@code .}, but with {@code ..}. */
    static List<ByteString> names(ByteString path) throws ImageFsException {
        List<ByteString> names = new ArrayList<>();
        for (int at = 0; at <= path.length(); ) {
            int slash = path.indexOf('/', at);
            int end = slash < 0 ? path.length() : slash;
            ByteString name = path.slice(at, end);
            if (name.length() > DirentLayout.MAX_NAME) {
                throw new ImageFsException(
                        "a name of " + name.length() + " bytes, longer than " + DirentLayout.MAX_NAME);
            }
            if (name.indexOf(0, 0) >= 0) {
                throw new ImageFsException("a name with a NUL in it");
            }
            if (name.length() > 0 && !name.equals(SELF)) {
                names.add(name);
            }
            at = end + 1;
        }
        return names;
    }

    /** The names of a path from the root, {@code ..} taken away with the name before it; it does not leave the root. */
    static List<ByteString> cleaned(ByteString path) throws ImageFsException {
        List<ByteString> cleaned = new ArrayList<>();
        for (ByteString name : names(path)) {
            if (!name.equals(PARENT)) {
                cleaned.add(name);
            } else if (!cleaned.isEmpty()) {
                cleaned.removeLast();
            }
        }
        return cleaned;
    }
}
