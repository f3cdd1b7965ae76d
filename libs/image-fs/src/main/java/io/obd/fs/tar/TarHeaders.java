package io.obd.fs.tar;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** Writes the headers of a tar without the data of its files: what is needed to make metadata that refers to the tar. */
public final class TarHeaders {
    private TarHeaders() {}

    /**
     * Writes all header blocks, with extensions and without the end, and reads the tar to its end.
     *
     * @param tar uncompressed; not closed
     * @param headers not closed
     * @throws LayerTarException if the tar is damaged
     */
    public static void export(InputStream tar, OutputStream headers) throws IOException {
        ByteArrayOutputStream blocks = new ByteArrayOutputStream();
        LayerTar entries = new LayerTar(new TarInput(tar, blocks), false);
        for (TarEntry entry = entries.next(); entry != null; entry = entries.next()) {
            byte[] bytes = blocks.toByteArray();
            if (entries.isFile()) {
                TarHeaderLayout.dataOffset(bytes, entries.headerOffset(), entries.position());
            }
            headers.write(bytes);
            blocks.reset();
        }
        entries.drain();
    }
}
