package io.obd.linux;

import java.io.Closeable;
import java.io.IOException;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Closes several things: each of them, whatever becomes of the others. */
public final class Closing {
    private Closing() {}

    /**
     * Closes all, in this order.
     *
     * @throws IOException what failed first; what failed after it is suppressed in it
     */
    public static void all(Collection<? extends Closeable> resources) throws IOException {
        @Nullable IOException first = null;
        for (Closeable resource : resources) {
            try {
                resource.close();
            } catch (IOException | RuntimeException e) {
                IOException failure = e instanceof IOException io ? io : new IOException(e.toString(), e);
                if (first == null) {
                    first = failure;
                } else {
                    first.addSuppressed(failure);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }

    /** Closes all after something failed; what fails now is suppressed in that. */
    public static void after(Throwable failure, Collection<? extends Closeable> resources) {
        try {
            all(resources);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }
}
