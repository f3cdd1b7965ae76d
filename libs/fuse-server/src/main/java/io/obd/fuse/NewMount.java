package io.obd.fuse;

import io.obd.linux.Errno;
import io.obd.linux.ErrnoException;
import io.obd.linux.Mounts;
import io.obd.linux.RawFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A FUSE file system that is to be mounted.
 *
 * @param source what the mount table says that is mounted
 * @param mountPoint existing directory
 * @param type in the mount table
 * @param options of the mount beside those of every such mount
 * @param features to agree on if the kernel has them
 */
record NewMount(String source, Path mountPoint, String type, List<String> options, long features) {

    private static final Set<Errno> NOT_USABLE =
            Set.of(Errno.ENOENT, Errno.ENODEV, Errno.ENXIO, Errno.EACCES, Errno.EPERM);

    private static final String NEEDED =
            "FUSE needs the root user, the kernel's module (modprobe fuse), and in a container the device";

    /** Begins to serve what was mounted; the descriptor is its to close, also if it fails. */
    interface Server<S> {
        S begin(FuseSession session, RawFile device) throws IOException;
    }

    /** Mounts it and has it served; if that fails nothing stays mounted. */
    <S> S mount(Server<S> server) throws IOException {
        Mounts mounts = new Mounts();
        Handshake handshake = new Handshake(features);
        RawFile device = device(Channels.DEVICE);
        try {
            mounts.mount(source, mountPoint, type, allOptions(device));
        } catch (IOException | RuntimeException | Error e) {
            try (device) {
                throw e;
            }
        }
        try {
            return server.begin(answered(handshake, device), device);
        } catch (IOException | RuntimeException | Error e) { // no memory for the buffers, for one
            try (Closeable _ = () -> mounts.unmountLazily(mountPoint)) {
                throw e;
            }
        }
    }

    /** @throws IOException saying what else may be missing than the file */
    static RawFile device(Path path) throws IOException {
        try {
            return RawFile.open(path, RawFile.READ_WRITE);
        } catch (ErrnoException e) {
            if (NOT_USABLE.stream().noneMatch(e::is)) {
                throw e;
            }
            throw new ErrnoException(e.call(), e.errno(), NEEDED);
        }
    }

    private static FuseSession answered(Handshake handshake, RawFile device) throws IOException {
        try {
            return handshake.answer(device);
        } catch (IOException | RuntimeException | Error e) {
            try (device) {
                throw e;
            }
        }
    }

    private List<String> allOptions(RawFile device) {
        Stream<String> every = Stream.of(
                "nosuid",
                "nodev",
                "fd=" + device.fd(),
                "rootmode=40000",
                "user_id=0",
                "group_id=0",
                "max_read=" + Reader.MAX_TRANSFER);
        return Stream.concat(options.stream(), every).toList();
    }
}
