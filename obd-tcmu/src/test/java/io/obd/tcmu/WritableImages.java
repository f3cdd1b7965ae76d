package io.obd.tcmu;

import io.obd.blobstore.CacheStats;
import io.obd.image.ControlClient;
import io.obd.image.DeviceInfo;
import io.obd.image.DownloadConfig;
import io.obd.image.ImageConfig;
import io.obd.image.ImageConfig.Lower;
import io.obd.image.ImageConfig.Upper;
import io.obd.image.RemoteBlobs;
import io.obd.image.ServiceConfig;
import io.obd.image.SharedMirrors;
import io.obd.lsmt.LayerOptions;
import io.obd.lsmt.LayerWriter;
import io.obd.lsmt.LayeredImage;
import io.obd.lsmt.WritableLayer;
import io.obd.lsmt.WritableLayer.Kind;
import io.obd.registry.CredentialSource;
import io.obd.tcmu.download.ImageDownloads;
import io.obd.tcmu.trace.ImageTraces;
import io.obd.tcmu.watch.DataPathWatch;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** A directory with a daemon and images of local layers that a writable layer is on top of. */
final class WritableImages {
    static final int LOWER_BYTE = 7;

    private final Path dir;
    private final ServiceConfig config;
    private final long size;

    /**
     * @param more keys of overlaybd.json
     * @param size of the disks
     */
    WritableImages(Path dir, String more, long size) throws IOException {
        this.dir = dir;
        this.size = size;
        this.config = ServiceConfig.read(Files.writeString(
                dir.resolve("overlaybd.json"), "{\"controlSocket\": \"%s/run/control.sock\"%s}".formatted(dir, more)));
    }

    static ImageSource source() {
        RemoteBlobs none = (_, _, _) -> {
            throw new FileNotFoundException("no registry here");
        };
        return new RegistryImages(
                _ -> none, new ImageTraces(1), new ImageDownloads(DownloadConfig.DEFAULT), DataPathWatch.NOBODY);
    }

    Daemon start() throws IOException {
        return Daemon.start(
                config,
                source(),
                new RememberedCredentials(CredentialSource.ANONYMOUS, InstantSource.system()),
                new SharedMirrors(),
                new FakeCache(new CacheStats(0, 0, 0, 0, 0, 0)));
    }

    /** Detaches what is attached, and stops: devices outlive the daemon. */
    void stop(Daemon daemon) throws IOException {
        for (DeviceInfo device : client().list()) {
            client().detach(device.id());
        }
        daemon.close();
    }

    /** Opens an image without anything that assists it: there is nothing to record or to download. */
    static LayeredImage open(ImageConfig config) throws IOException {
        return ((AssistedImage) source().open(config).store()).image();
    }

    ControlClient client() {
        return new ControlClient(config.controlSocket(), Duration.ofSeconds(20));
    }

    /** An image whose lower layer has one block of {@value #LOWER_BYTE}s in its last MiB; returns its specification. */
    Path create(String name, Kind kind) throws IOException {
        Path lower = dir.resolve(name + ".lower");
        try (LayerWriter writer = LayerWriter.create(lower, size, null, LayerOptions.PLAIN)) {
            ByteBuffer block = ByteBuffer.allocateDirect(4096);
            while (block.hasRemaining()) {
                block.put((byte) LOWER_BYTE);
            }
            writer.write(size - (1 << 20), block.flip());
            writer.finish();
        }
        Path spec = dir.resolve(name + ".json");
        new ImageConfig(
                        "",
                        List.of(Lower.file(lower.toString())),
                        dir.resolve(name + ".result").toString())
                .withUpper(upper(name + "-0", kind))
                .write(spec);
        return spec;
    }

    /** The files of a new writable layer. */
    Upper upper(String name, Kind kind) throws IOException {
        Path data = dir.resolve(name + ".data");
        Path index = dir.resolve(name + ".index");
        WritableLayer.create(kind, data, index, size, new UUID(0, 0)).close();
        return new Upper(index.toString(), data.toString(), 1);
    }

    /** The specification of an image after a snapshot, with a new writable layer. */
    Path next(Path spec, String name, Kind kind) throws IOException {
        ImageConfig now = ImageConfig.read(spec);
        List<Lower> lowers = new ArrayList<>(now.lowers());
        lowers.add(Lower.file(now.upper().data()));
        Path next = dir.resolve(name + ".next.json");
        new ImageConfig("", lowers, now.resultFile())
                .withUpper(upper(name, kind))
                .write(next);
        return next;
    }
}
