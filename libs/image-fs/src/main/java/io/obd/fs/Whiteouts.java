package io.obd.fs;

import io.obd.fs.tar.ByteString;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The names of a layer that take away: {@code .wh.NAME} removes NAME, {@code .wh..wh..opq} all that layers below have
 * in the directory; other names with {@code .wh..wh.} are notes of AUFS to itself. What the same layer has put there
 * survives, wherever in the tar it stands.
 */
final class Whiteouts {
    private static final ByteString PREFIX = ByteString.of(".wh.");
    private static final ByteString META_PREFIX = ByteString.of(".wh..wh.");
    private static final ByteString OPAQUE = ByteString.of(".wh..wh..opq");

    private final FileTree tree;
    private final PathResolver resolver;

    Whiteouts(FileTree tree, PathResolver resolver) {
        this.tree = tree;
        this.resolver = resolver;
    }

    /** Does what the last name of a path says, if it is a whiteout; false if it is an ordinary path. */
    boolean apply(List<ByteString> path) throws IOException {
        ByteString name = path.getLast();
        List<ByteString> parent = path.subList(0, path.size() - 1);
        if (name.equals(OPAQUE)) {
            Directory directory = resolver.find(parent);
            if (directory != null) {
                tree.removeLower(directory);
            }
            return true;
        }
        if (path.stream().anyMatch(part -> part.startsWith(META_PREFIX))) {
            return true;
        }
        if (!name.startsWith(PREFIX)) {
            return false;
        }
        removeLower(resolver.find(parent), name.slice(PREFIX.length(), name.length()));
        return true;
    }

    private void removeLower(@Nullable Directory directory, ByteString name) throws IOException {
        if (name.length() == 0 || name.equals(EntryPath.SELF) || name.equals(EntryPath.PARENT)) {
            throw new ImageFsException("a whiteout that names no file");
        }
        if (directory != null) {
            tree.removeLower(directory, name);
        }
    }
}
