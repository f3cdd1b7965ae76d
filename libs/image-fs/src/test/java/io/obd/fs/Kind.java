package io.obd.fs;

import io.obd.block.BlockStore;
import java.io.IOException;
import java.nio.file.Path;

/** The kinds of file systems that layers are applied to, with the programs that judge them. */
enum Kind {
    EXT4 {
        @Override
        ImageFileSystem format(BlockStore store) throws IOException {
            return Ext4.format(store, Ext4Options.defaults());
        }

        @Override
        ImageFileSystem open(BlockStore store) throws IOException {
            return Ext4.open(store);
        }

        @Override
        void fsck(Path image) throws IOException {
            Commands.fsck(image);
        }
    },
    EROFS {
        @Override
        ImageFileSystem format(BlockStore store) throws IOException {
            return Erofs.format(store);
        }

        @Override
        ImageFileSystem open(BlockStore store) throws IOException {
            return Erofs.open(store);
        }

        @Override
        void fsck(Path image) throws IOException {
            Commands.check("fsck.erofs", image.toString());
        }
    };

    abstract ImageFileSystem format(BlockStore store) throws IOException;

    abstract ImageFileSystem open(BlockStore store) throws IOException;

    /** Fails unless the program of the file system finds nothing. */
    abstract void fsck(Path image) throws IOException;
}
