package io.obd.nydusify;

import io.obd.convert.ConversionException;
import io.obd.convert.ConversionSource;
import io.obd.fs.tar.ByteString;
import io.obd.fs.tar.LayerTar;
import io.obd.fs.tar.TarEntry;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.List;

/** The layer of a nydus image that holds its bootstrap. */
final class BootstrapLayer {
    /** Images of the first versions have the other one. */
    private static final List<ByteString> NAMES =
            List.of(ByteString.of(NydusFormat.BOOTSTRAP_FILE), ByteString.of("image.boot"));

    private static final int BUFFER = 128 * 1024;

    private BootstrapLayer() {}

    /**
     * Takes the bootstrap out of its layer.
     *
     * @param diffId of the layer, which is checked as its digest is
     * @throws ConversionException if there is none in it
     */
    static void extract(ConversionSource source, Descriptor layer, Digest diffId, Path file) throws IOException {
        MessageDigest hasher = diffId.hasher();
        boolean[] found = new boolean[1];
        new LayerContent(source, layer).read(in -> found[0] = extract(new DigestInputStream(in, hasher), file));
        if (!found[0]) {
            throw new ConversionException("the layer " + layer.digest() + " has no " + NydusFormat.BOOTSTRAP_FILE);
        }
        Digest actual = Digest.ofHash(diffId.algorithm(), hasher.digest());
        if (!actual.equals(diffId)) {
            throw new ConversionException("the uncompressed layer " + layer.digest() + " has digest " + actual
                    + ", but the image's config says " + diffId);
        }
    }

    private static boolean extract(InputStream in, Path file) throws IOException {
        LayerTar tar = new LayerTar(in);
        boolean found = false;
        for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
            if (!found && entry.type() == TarEntry.Type.FILE && NAMES.contains(entry.name())) {
                found = true;
                copy(tar, file);
            }
        }
        tar.drain();
        return found;
    }

    private static void copy(LayerTar tar, Path file) throws IOException {
        byte[] buffer = new byte[BUFFER];
        try (OutputStream out = Files.newOutputStream(file)) {
            for (int n = tar.read(buffer, 0, BUFFER); n >= 0; n = tar.read(buffer, 0, BUFFER)) {
                out.write(buffer, 0, n);
            }
        }
    }
}
