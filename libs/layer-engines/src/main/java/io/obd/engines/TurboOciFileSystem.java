package io.obd.engines;

import io.obd.block.BlockStore;
import io.obd.fs.Erofs;
import io.obd.fs.Ext4;
import io.obd.fs.Ext4Options;
import io.obd.fs.ImageFileSystem;
import java.io.IOException;
import java.util.Optional;

/** The file systems that the metadata of turboOCI layers can be. */
public enum TurboOciFileSystem {
    EXT4("ext4") {
        @Override
        ImageFileSystem format(BlockStore disk) throws IOException {
            return Ext4.format(disk, Ext4Options.defaults());
        }

        @Override
        ImageFileSystem open(BlockStore disk) throws IOException {
            return Ext4.open(disk);
        }
    },
    EROFS("erofs") {
        @Override
        ImageFileSystem format(BlockStore disk) throws IOException {
            return Erofs.format(disk);
        }

        @Override
        ImageFileSystem open(BlockStore disk) throws IOException {
            return Erofs.open(disk);
        }
    };

    private final String type;

    TurboOciFileSystem(String type) {
        this.type = type;
    }

    /** The one that {@code mount(8)} knows by a name, empty if it is none of these. */
    public static Optional<TurboOciFileSystem> named(String type) {
        for (TurboOciFileSystem each : values()) {
            if (each.type.equals(type)) {
                return Optional.of(each);
            }
        }
        return Optional.empty();
    }

    /** As {@code mount(8)} knows it. */
    String type() {
        return type;
    }

    /** Name of the file of metadata in a layer. */
    String metadataFile() {
        return type + ".fs.meta";
    }

    /** Makes one on an empty disk. */
    abstract ImageFileSystem format(BlockStore disk) throws IOException;

    /** Opens the one that is on a disk. */
    abstract ImageFileSystem open(BlockStore disk) throws IOException;
}
