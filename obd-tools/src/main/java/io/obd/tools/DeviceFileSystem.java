package io.obd.tools;

import io.obd.block.BlockStore;
import io.obd.fs.Erofs;
import io.obd.fs.Ext4;
import io.obd.fs.Ext4Exception;
import io.obd.fs.Ext4Options;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * The file system that a layer is unpacked into.
 *
 * @param device name of the device, for error texts
 */
record DeviceFileSystem(Path device) {
    /** What is looked at before a file system is made: its superblock and descriptors lie there. */
    private static final int FRONT = 1 << 20;

    /** The one that is there, or with {@code mkfs} a new one. */
    Ext4 on(BlockStore disk, boolean mkfs) throws IOException {
        return mkfs ? format(disk) : open(disk);
    }

    /** The EROFS that is there, or a new one if the device is empty or {@code mkfs} says so. */
    Erofs erofsOn(BlockStore disk, boolean mkfs) throws IOException {
        if (!mkfs && Erofs.isOn(disk)) {
            return Erofs.open(disk);
        }
        if (!isEmpty(disk)) {
            throw new ToolException(device + ": it holds data that is no EROFS file system");
        }
        return Erofs.format(disk);
    }

    private Ext4 open(BlockStore disk) throws IOException {
        try {
            return Ext4.open(disk);
        } catch (Ext4Exception e) {
            throw new ToolException(device + ": " + e.getMessage() + "; --mkfs makes a file system");
        }
    }

    /** What is not written must read as zeros. */
    private Ext4 format(BlockStore disk) throws IOException {
        if (!isEmpty(disk)) {
            throw new ToolException(device + ": --mkfs needs an empty device, this one holds data already");
        }
        return Ext4.format(disk, Ext4Options.defaults());
    }

    private static boolean isEmpty(BlockStore disk) throws IOException {
        ByteBuffer front = ByteBuffer.allocateDirect((int) Math.min(FRONT, disk.size()));
        disk.read(0, front);
        front.flip();
        return front.mismatch(ByteBuffer.allocate(front.limit())) < 0;
    }
}
