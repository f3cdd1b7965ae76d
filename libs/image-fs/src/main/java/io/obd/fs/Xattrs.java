package io.obd.fs;

import io.obd.fs.tar.ByteString;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import jnr.ffi.byref.NativeLongByReference;
import jnr.ffi.byref.PointerByReference;

/** The extended attributes of one inode, open in the library, which knows the forms on disk of names and ACLs. */
final class Xattrs implements Closeable {
    /** A prefix and a name of 255 bytes, with room to spare. */
    private static final int MAX_NAME = 512;

    private static final int CONTINUE = 0;

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

    /** All attributes of the inode by their full names, sorted, values as {@code getxattr(2)} gives them. */
    SortedMap<ByteString, ByteString> all() throws IOException {
        filsys.check("read the attributes", library.ext2fs_xattrs_read(handle.getValue()));
        List<byte[]> names = new ArrayList<>();
        filsys.check(
                "list the attributes",
                library.ext2fs_xattrs_iterate(
                        handle.getValue(),
                        (name, value, length, data) -> {
                            names.add(name.getString(0, MAX_NAME, StandardCharsets.ISO_8859_1)
                                    .getBytes(StandardCharsets.ISO_8859_1));
                            return CONTINUE;
                        },
                        null));
        SortedMap<ByteString, ByteString> all = new TreeMap<>();
        for (byte[] name : names) {
            all.put(ByteString.copyOf(name), get(name));
        }
        return all;
    }

    private ByteString get(byte[] name) throws IOException {
        PointerByReference value = new PointerByReference();
        NativeLongByReference length = new NativeLongByReference();
        byte[] terminated = Arrays.copyOf(name, name.length + 1);
        filsys.check(
                "read attribute " + ByteString.copyOf(name),
                library.ext2fs_xattr_get(handle.getValue(), terminated, value, length));
        byte[] bytes = new byte[Math.toIntExact(length.longValue())];
        if (value.getValue() != null) {
            value.getValue().get(0, bytes, 0, bytes.length);
            library.ext2fs_free_mem(value);
        }
        return ByteString.copyOf(bytes);
    }

    @Override
    public void close() throws IOException {
        filsys.check("close the attributes", library.ext2fs_xattrs_close(handle));
    }
}
