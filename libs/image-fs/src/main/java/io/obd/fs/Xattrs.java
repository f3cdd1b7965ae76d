package io.obd.fs;

import io.obd.fs.tar.ByteString;
import java.io.Closeable;
import java.io.IOException;
import java.util.Arrays;
import jnr.ffi.byref.PointerByReference;

/** The extended attributes of one inode, open in the library, which knows the forms on disk of names and ACLs. */
final class Xattrs implements Closeable {
    private final LibExt2fs.Functions library;
    private final Filsys filsys;
    private final PointerByReference handle;

    Xattrs(LibExt2fs.Functions library, Filsys filsys, PointerByReference handle) {
        this.library = library;
        this.filsys = filsys;
        this.handle = handle;
    }

    /**
     * Sets an attribute and writes the inode.
     *
     * @param name full name
     * @param value as {@code setxattr(2)} takes it
     */
    void set(ByteString name, ByteString value) throws IOException {
        byte[] terminated = Arrays.copyOf(name.toBytes(), name.length() + 1);
        long code = library.ext2fs_xattr_set(handle.getValue(), terminated, value.toBytes(), value.length());
        if (code == ErrorCodes.EA_NO_SPACE) {
            throw new Ext4Exception("attribute " + name + " of " + value.length()
                    + " bytes: ext4 has room for one block of attributes per file");
        }
        filsys.check("set attribute " + name, code);
    }

    @Override
    public void close() throws IOException {
        filsys.check("close the attributes", library.ext2fs_xattrs_close(handle));
    }
}
