package io.obd.linux;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Mounts and unmounts. The calls wait for devices and file servers: make them on a platform thread.
 */
public final class Mounts {
    private static final int MNT_DETACH = 2;
    private static final int UMOUNT_NOFOLLOW = 8;

    private final LibC.Descriptors libc = LibC.descriptors();

    /**
     * Mounts a file system.
     *
     * @param source device or name
     * @param target existing directory (or file, for a bind mount)
     * @param type file system type, {@code bind} or an empty text for a bind mount
     * @param options options as for mount(8): those that are flags ({@code ro}, {@code bind}, …) are taken out, the
     *     rest goes to the file system
     * @throws ErrnoException if the kernel refuses
     */
    public void mount(String source, Path target, String type, List<String> options) throws ErrnoException {
        long flags = 0;
        List<String> forFileSystem = new ArrayList<>();
        for (String option : options) {
            Optional<Long> changed = MountFlag.apply(flags, option);
            if (changed.isPresent()) {
                flags = changed.get();
            } else if (!option.isEmpty()) {
                forFileSystem.add(option);
            }
        }
        String call = "mount " + type + " " + source + " on " + target;
        String data = String.join(",", forFileSystem);
        checkLength(call, data);
        mount(call, source, target, type, flags, data);
        long bind = MountFlag.RECURSIVE_BIND.bits();
        if ((flags & MountFlag.BIND.bits()) != 0 && (flags & MountFlag.REMOUNT.bits()) == 0 && (flags & ~bind) != 0) {
            // A new bind mount takes no other flag: they need a second call.
            long remount = (flags & ~bind) | MountFlag.BIND.bits() | MountFlag.REMOUNT.bits();
            mount("re" + call, source, target, type, remount, data);
        }
    }

    private void mount(String call, String source, Path target, String type, long flags, String data)
            throws ErrnoException {
        if (libc.mount(source, target.toString(), type.isEmpty() ? null : type, flags, data) < 0) {
            throw LibC.failure(call);
        }
    }

    /** The kernel copies one page of options and drops the rest without a word: a cut option list must not pass. */
    private void checkLength(String call, String data) throws ErrnoException {
        int limit = libc.getpagesize() - 1;
        int length = data.getBytes(StandardCharsets.UTF_8).length;
        if (length > limit) {
            throw new ErrnoException(
                    call, Errno.E2BIG, "the options are " + length + " bytes long, the kernel takes " + limit);
        }
    }

    /**
     * Unmounts what was last mounted at this place.
     *
     * @throws ErrnoException EBUSY if it is in use, EINVAL if nothing is mounted there
     */
    public void unmount(Path target) throws ErrnoException {
        umount2(target, UMOUNT_NOFOLLOW);
    }

    /** Takes the mount away from the tree at once; the file system goes when its last user does. */
    public void unmountLazily(Path target) throws ErrnoException {
        umount2(target, UMOUNT_NOFOLLOW | MNT_DETACH);
    }

    private void umount2(Path target, int flags) throws ErrnoException {
        if (libc.umount2(target.toString(), flags) < 0) {
            throw LibC.failure("unmount", target);
        }
    }
}
