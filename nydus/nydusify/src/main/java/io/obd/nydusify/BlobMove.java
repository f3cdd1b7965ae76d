package io.obd.nydusify;

import io.obd.convert.Cancellation;
import io.obd.convert.RepositorySource;
import io.obd.convert.RepositoryTarget;
import io.obd.registry.Descriptor;
import io.obd.registry.RegistryException;
import io.obd.registry.Repository;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;

/**
 * Brings a blob from one repository to another.
 *
 * @param sameRegistry whether both are in one registry, which then need not be sent the blob
 * @param work for blobs on their way
 */
record BlobMove(boolean sameRegistry, Path work, Logger log, Cancellation cancellation) {
    void bring(Repository from, Repository to, Descriptor blob) throws IOException {
        if (to.exists(blob.digest()) || mount(from, to, blob)) {
            return;
        }
        new BlobCopy(new RepositorySource(from), _ -> false, work, log, cancellation)
                .run(List.of(blob), new RepositoryTarget(to, null));
    }

    private boolean mount(Repository from, Repository to, Descriptor blob) throws IOException {
        if (!sameRegistry || from.name().equals(to.name())) {
            return false;
        }
        try {
            return to.mount(blob.digest(), from.name());
        } catch (RegistryException.NotFound | RegistryException.Unauthorized notForUs) {
            log.debug("{} is not mounted from {}: {}", blob.digest(), from.name(), notForUs.getMessage());
            return false;
        }
    }
}
