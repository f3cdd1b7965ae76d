package io.obd.tcmu;

import io.obd.blobstore.CacheStats;
import io.obd.image.ServiceConfig;
import io.obd.image.SharedMirrors;
import io.obd.registry.CredentialSource;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;

/** A daemon with images that are plain files, in a process of its own, to be killed. */
final class DoomedDaemon {
    private DoomedDaemon() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        ServiceConfig config = ServiceConfig.read(Path.of(args[0]));
        Logging.configure(config.log());
        Daemon daemon = Daemon.start(
                config,
                FileStore::image,
                new RememberedCredentials(CredentialSource.ANONYMOUS, InstantSource.system()),
                new SharedMirrors(),
                new FakeCache(new CacheStats(0, 0, 0, 0, 0, 0)));
        System.out.println("serving");
        Thread.currentThread().join();
        daemon.close();
    }
}
