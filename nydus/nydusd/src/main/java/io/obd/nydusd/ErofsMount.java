package io.obd.nydusd;

import io.obd.fuse.FuseOptions;
import io.obd.fuse.TreeServer;
import io.obd.linux.Closing;
import io.obd.linux.Mounts;
import io.obd.nydusd.fs.KernelImage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Mounts an image with the kernel's EROFS, out of files that this process serves. Nobody else sees those: their mount is
 * taken out of the tree of mounts at once, and goes with EROFS, which has them open.
 */
final class ErofsMount {
    private final KernelMount erofs;

    /** Has the kernel mount EROFS, as {@link Mounts#mount} does. */
    interface KernelMount {
        void mount(String source, Path target, String type, List<String> options) throws IOException;
    }

    ErofsMount(KernelMount erofs) {
        this.erofs = erofs;
    }

    /**
     * Mounts an image.
     *
     * @throws IOException if this kernel cannot
     */
    TreeServer mount(Path mountPoint, boolean writable, KernelImage image, FuseOptions options) throws IOException {
        Mounts mounts = new Mounts();
        // Short, because the kernel takes a page of options, with a path for each blob.
        Path hidden = Files.createTempDirectory(Path.of("/run"), "nd");
        TreeServer server;
        try {
            server = TreeServer.mount(hidden, "rafs", false, image, options);
        } catch (IOException e) {
            Files.delete(hidden);
            throw e;
        }
        try {
            List<String> mountOptions = new ArrayList<>(List.of(writable ? "rw" : "ro", "nosuid", "nodev", "noatime"));
            image.blobs().forEach(blob -> mountOptions.add("device=" + hidden.resolve(blob)));
            erofs.mount(hidden.resolve(KernelImage.BOOTSTRAP).toString(), mountPoint, "erofs", mountOptions);
            mounts.unmountLazily(hidden);
            Files.delete(hidden);
            return server;
        } catch (IOException e) {
            Closing.after(
                    e, List.<Closeable>of(() -> mounts.unmountLazily(hidden), server, () -> Files.delete(hidden)));
            throw e;
        }
    }
}
