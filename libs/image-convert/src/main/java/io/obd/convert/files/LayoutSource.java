package io.obd.convert.files;

import io.obd.convert.ConversionException;
import io.obd.convert.ConversionSource;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.Index;
import io.obd.registry.Repository;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** The images of an OCI layout. */
public final class LayoutSource implements ConversionSource, Closeable {
    private final NamedFiles files;

    private LayoutSource(NamedFiles files) {
        this.files = files;
    }

    /**
     * Those in a directory.
     *
     * @throws ConversionException if it is no layout
     */
    public static LayoutSource directory(Path directory) throws IOException {
        return of(new DirectoryFiles(directory));
    }

    /**
     * Those in a tar of such a directory, which is not compressed.
     *
     * @throws ConversionException if it is something else
     */
    public static LayoutSource archive(Path archive) throws IOException {
        return of(ArchiveFiles.open(archive));
    }

    private static LayoutSource of(NamedFiles files) throws IOException {
        if (!files.contains(OciLayout.MARK)) {
            String place = files.place(OciLayout.MARK);
            files.close();
            throw new ConversionException(place + " is missing: this is no OCI layout");
        }
        return new LayoutSource(files);
    }

    /** @param reference a name or digest in the index; empty for the only image that is there */
    @Override
    public Descriptor resolve(String reference) throws IOException {
        List<Descriptor> entries = OciLayout.index(files).manifests();
        List<Descriptor> found = entries.stream()
                .filter(entry -> reference.isEmpty() ? !Index.isAttestation(entry) : isCalled(entry, reference))
                .toList();
        if (found.size() == 1) {
            return found.getFirst();
        }
        String wanted = reference.isEmpty() ? "a single image" : "one image called " + reference;
        throw new ConversionException(
                files.place(OciLayout.INDEX) + " does not list " + wanted + ", but " + names(entries));
    }

    private static boolean isCalled(Descriptor entry, String reference) {
        return reference.equals(entry.annotations().get(OciLayout.REFERENCE))
                || reference.equals(entry.digest().toString());
    }

    private static List<String> names(List<Descriptor> entries) {
        return entries.stream()
                .map(entry -> Objects.requireNonNullElse(
                        entry.annotations().get(OciLayout.REFERENCE),
                        entry.digest().toString()))
                .toList();
    }

    @Override
    public byte[] document(Descriptor document) throws IOException {
        if (document.size() > Repository.MAX_DOCUMENT) {
            throw new ConversionException(files.place(OciLayout.blob(document.digest())) + ": " + document.size()
                    + " bytes are too many for a document");
        }
        try (InputStream in = open(document)) {
            return in.readAllBytes();
        }
    }

    @Override
    public InputStream open(Descriptor blob) throws IOException {
        String name = OciLayout.blob(blob.digest());
        long size = files.size(name);
        if (size != blob.size()) {
            throw new ConversionException(files.place(name) + " has " + size + " bytes, the image says " + blob.size());
        }
        return new CheckedStream(files.open(name), blob, files.place(name));
    }

    /** Length of a blob in bytes. */
    public long size(Digest blob) throws IOException {
        return files.size(OciLayout.blob(blob));
    }

    @Override
    public void close() throws IOException {
        files.close();
    }
}
