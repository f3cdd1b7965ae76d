package io.obd.nydusd;

import io.obd.linux.Reason;
import java.io.IOException;
import java.util.Optional;

/**
 * Chooses who reads an image: the kernel's EROFS where nothing is against it, a FUSE server otherwise, and where the kernel
 * refuses.
 *
 * @param <T> what serves a mount
 */
final class FrontendChoice<T> {
    private final Mount<T> fuse;

    /** Mounts in one of the two ways. */
    interface Mount<T> {
        T mount() throws IOException;
    }

    /**
     * What was mounted.
     *
     * @param reason why in this way
     */
    record Mounted<T>(T server, boolean isErofs, String reason) {}

    FrontendChoice(Mount<T> fuse) {
        this.fuse = fuse;
    }

    /**
     * Mounts.
     *
     * @param wanted {@code auto}, {@code fuse} or {@code erofs}
     * @param obstacle why EROFS cannot be used, if that is known
     * @param erofs is not called if there is an obstacle
     * @throws IOException if what is wanted cannot be had; nothing is mounted then
     */
    Mounted<T> mount(String wanted, Optional<String> obstacle, Mount<T> erofs) throws IOException {
        if (wanted.equals("fuse")) {
            return new Mounted<>(fuse.mount(), false, "as it was wanted");
        }
        String reason;
        if (obstacle.isPresent()) {
            reason = obstacle.get();
        } else {
            try {
                return new Mounted<>(erofs.mount(), true, "the kernel reads the image");
            } catch (IOException e) {
                reason = Reason.withCauses(e);
            }
        }
        if (wanted.equals("erofs")) {
            throw new IOException("--frontend erofs: " + reason);
        }
        return new Mounted<>(fuse.mount(), false, reason);
    }
}
