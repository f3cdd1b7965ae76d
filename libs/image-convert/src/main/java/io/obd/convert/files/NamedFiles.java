package io.obd.convert.files;

import io.obd.convert.ConversionException;
import io.obd.registry.Repository;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;

/** Files by their names, in a directory or an archive. All methods but {@link #contains} fail if there is no such file. */
interface NamedFiles extends Closeable {

    boolean contains(String name);

    /** Bytes of a file. */
    long size(String name) throws IOException;

    /** Reads a file; several may be read at the same time. */
    InputStream open(String name) throws IOException;

    /** A file as error texts name it. */
    String place(String name);

    /** The whole of a short file. */
    default byte[] read(String name) throws IOException {
        long size = size(name);
        if (size > Repository.MAX_DOCUMENT) {
            throw new ConversionException(place(name) + " has " + size + " bytes; at most " + Repository.MAX_DOCUMENT
                    + " are read of a document");
        }
        try (InputStream in = open(name)) {
            return in.readAllBytes();
        }
    }
}
