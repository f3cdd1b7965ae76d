package io.obd.rafs.build;

import io.obd.fs.tar.ByteString;
import io.obd.rafs.FileType;
import io.obd.rafs.Node;
import java.util.Optional;

/** How a layer says that files of layers below are gone. */
public enum WhiteoutSpec {
    /** A file {@code .wh.NAME} removes NAME, {@code .wh..wh..opq} all that the directory has below. */
    OCI {
        @Override
        Optional<ByteString> removedBy(ByteString name, Node node) {
            return name.startsWith(WHITEOUT) && !isOpaqueMark(name)
                    ? Optional.of(name.slice(WHITEOUT.length(), name.length()))
                    : Optional.empty();
        }

        @Override
        boolean isOpaque(Node directory) {
            return directory.child(OPAQUE_MARK) != null;
        }

        @Override
        boolean isOpaqueMark(ByteString name) {
            return name.equals(OPAQUE_MARK);
        }
    },

    /** A character device with number 0 removes what has its name, {@code trusted.overlay.opaque=y} what is below. */
    OVERLAYFS {
        @Override
        Optional<ByteString> removedBy(ByteString name, Node node) {
            return node.type() == FileType.CHARACTER_DEVICE && node.device() == 0
                    ? Optional.of(name)
                    : Optional.empty();
        }

        @Override
        boolean isOpaque(Node directory) {
            return directory
                    .attributes()
                    .xattrs()
                    .getOrDefault(OPAQUE_XATTR, ByteString.EMPTY)
                    .equals(YES);
        }

        @Override
        boolean isOpaqueMark(ByteString name) {
            return false;
        }
    },

    /** Nothing is removed: what would do so is a file as any other. */
    NONE {
        @Override
        Optional<ByteString> removedBy(ByteString name, Node node) {
            return Optional.empty();
        }

        @Override
        boolean isOpaque(Node directory) {
            return false;
        }

        @Override
        boolean isOpaqueMark(ByteString name) {
            return false;
        }
    };

    static final ByteString OPAQUE_XATTR = ByteString.of("trusted.overlay.opaque");

    private static final ByteString WHITEOUT = ByteString.of(".wh.");
    private static final ByteString OPAQUE_MARK = ByteString.of(".wh..wh..opq");
    private static final ByteString YES = ByteString.of("y");

    /** The name below that a file of a layer removes. */
    abstract Optional<ByteString> removedBy(ByteString name, Node node);

    /** Whether a directory of a layer hides all that is in it below. */
    abstract boolean isOpaque(Node directory);

    /** Whether a file of that name does nothing but make its directory opaque. */
    abstract boolean isOpaqueMark(ByteString name);

    /** Whether a file is no file but a word about files below. */
    boolean isMark(ByteString name, Node node) {
        return isOpaqueMark(name) || removedBy(name, node).isPresent();
    }
}
