package io.obd.linux;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Extended attributes of files of any type, in all namespaces. Symbolic links are not followed. */
public final class Xattrs {
    private final LibC.Files libc = LibC.files();

    /** Value of an attribute, or empty if the file does not have it or its file system knows none. */
    public Optional<byte[]> get(Path path, String name) throws ErrnoException {
        return get(path, name.getBytes(StandardCharsets.UTF_8));
    }

    /** The same for a name that need not be text. */
    public Optional<byte[]> get(Path path, byte[] name) throws ErrnoException {
        byte[] file = PathBytes.of(path);
        byte[] attribute = Arrays.copyOf(name, name.length + 1);
        try {
            return Optional.of(read(
                    "lgetxattr " + new String(name, StandardCharsets.UTF_8) + " of " + path,
                    (value, size) -> libc.lgetxattr(file, attribute, value, size)));
        } catch (ErrnoException e) {
            if (e.is(Errno.ENODATA) || e.is(Errno.EOPNOTSUPP)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Creates or replaces an attribute. */
    public void set(Path path, String name, byte[] value) throws ErrnoException {
        if (libc.lsetxattr(PathBytes.of(path), terminated(name), value, value.length, 0) < 0) {
            throw LibC.failure("lsetxattr " + name + " of " + path);
        }
    }

    /** Removes an attribute. */
    public void remove(Path path, String name) throws ErrnoException {
        if (libc.lremovexattr(PathBytes.of(path), terminated(name)) < 0) {
            throw LibC.failure("lremovexattr " + name + " of " + path);
        }
    }

    private static byte[] terminated(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        return Arrays.copyOf(bytes, bytes.length + 1);
    }

    /** Names of all attributes, in the order of the kernel; none if the file system knows none. */
    public List<byte[]> names(Path path) throws ErrnoException {
        byte[] file = PathBytes.of(path);
        byte[] names;
        try {
            names = read("llistxattr " + path, (buffer, size) -> libc.llistxattr(file, buffer, size));
        } catch (ErrnoException e) {
            if (e.is(Errno.EOPNOTSUPP)) {
                return List.of();
            }
            throw e;
        }
        List<byte[]> list = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < names.length; i++) {
            if (names[i] == 0) {
                list.add(Arrays.copyOfRange(names, start, i));
                start = i + 1;
            }
        }
        return list;
    }

    private interface SizedCall {
        long into(byte[] buffer, long size);
    }

    /** Asks for the size, then for the bytes; again if they grew in between. */
    private static byte[] read(String call, SizedCall sized) throws ErrnoException {
        while (true) {
            long size = sized.into(new byte[0], 0);
            if (size < 0) {
                throw LibC.failure(call);
            }
            if (size == 0) {
                return new byte[0];
            }
            byte[] buffer = new byte[Math.toIntExact(size)];
            long length = sized.into(buffer, buffer.length);
            if (length >= 0) {
                return Arrays.copyOf(buffer, (int) length);
            }
            if (LibC.errno() != Errno.ERANGE.number()) {
                throw LibC.failure(call);
            }
        }
    }
}
