package io.obd.tools.obd;

import io.obd.block.StreamCompression;
import io.obd.block.gzip.GzipReader;
import io.obd.fs.tar.LayerTar;
import io.obd.fs.tar.TarEntry;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/** The blob of a turboOCI layer: a gzip tar of a few files. */
final class TurboOciArchive {
    private static final Set<String> NAMES =
            Set.of("ext4.fs.meta", "erofs.fs.meta", "gzip.meta", "gzip.meta" + GzipReader.CHECKSUMS_SUFFIX);
    private static final long MAX_SIZE = 1L << 30;
    private static final int BUFFER = 64 << 10;

    private TurboOciArchive() {}

    /** Unpacks the files that are known, and nothing else. */
    static void unpack(InputStream blob, Path directory) throws IOException {
        LayerTar tar = new LayerTar(StreamCompression.decompress(blob));
        byte[] buffer = new byte[BUFFER];
        for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
            String name = entry.name().toString();
            if (entry.type() != TarEntry.Type.FILE || !NAMES.contains(name)) {
                continue;
            }
            if (entry.size() > MAX_SIZE) {
                throw new ToolException(
                        name + " of a turboOCI layer has " + entry.size() + " bytes, more than " + MAX_SIZE);
            }
            try (OutputStream out = Files.newOutputStream(directory.resolve(name), StandardOpenOption.CREATE_NEW)) {
                for (int n = tar.read(buffer, 0, BUFFER); n > 0; n = tar.read(buffer, 0, BUFFER)) {
                    out.write(buffer, 0, n);
                }
            }
        }
        tar.drain();
    }
}
