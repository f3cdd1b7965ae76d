package io.obd.engines;

import io.obd.convert.Blob;
import io.obd.registry.Digest;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;

/**
 * A layer with an empty file system that images are built on whose bottom layer makes none itself, as converters did until
 * 2021. It is the same blob in all of them.
 *
 * @param file the layer in a tar, as it is in registries
 * @param blob what identifies it there
 */
public record BaseLayer(Path file, Blob blob) {
    private static final String MEMBER = "overlaybd.commit";
    private static final int MODE = 0444;

    /**
     * Puts a layer into a tar.
     *
     * @param layer the layer alone, as it is installed on hosts
     * @param target the tar, not there yet
     */
    public static BaseLayer wrap(Path layer, Path target) throws IOException {
        long size = Files.size(layer);
        try (DigestOutputStream out = new DigestOutputStream(output(target), Digest.sha256Hasher())) {
            out.write(TarHeader.of(MEMBER, MODE, size));
            Files.copy(layer, out);
            out.write(new byte[TarHeader.padding(size) + TarHeader.END]);
            out.flush();
            Digest digest = Digest.ofHash("sha256", out.getMessageDigest().digest());
            return new BaseLayer(target, new Blob(digest, Files.size(target)));
        }
    }

    private static OutputStream output(Path file) throws IOException {
        return new BufferedOutputStream(Files.newOutputStream(file));
    }
}
