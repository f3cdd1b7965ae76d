package io.obd.convert.files;

import io.obd.convert.ConversionException;
import io.obd.convert.ConversionTarget;
import io.obd.convert.ConvertedLayer;
import io.obd.convert.TreeTarget;
import io.obd.linux.Reason;
import io.obd.registry.Descriptor;
import io.obd.registry.Index;
import io.obd.registry.Manifest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;
import java.util.function.LongConsumer;

/** A name in an OCI layout. What is in the layout stays; a name that was there stands for the result in the end. */
public final class LayoutTree implements TreeTarget {
    private static final int BUFFER = 1 << 20;

    private final Path directory;
    private final String name;

    private LayoutTree(Path directory, String name) {
        this.directory = directory;
        this.name = name;
    }

    /**
     * Prepares the directory.
     *
     * @param directory made if it is not there
     * @param name of the topmost document, as {@code org.opencontainers.image.ref.name} has it
     * @throws ConversionException if it cannot be made, or there is something else in it
     */
    public static LayoutTree open(Path directory, String name) throws IOException {
        if (Files.exists(directory) && !Files.isDirectory(directory)) {
            throw new ConversionException(directory + " is no directory");
        }
        try {
            prepare(directory);
        } catch (FileSystemException e) {
            throw new ConversionException(directory + " cannot be an OCI layout: " + Reason.of(e), e);
        }
        return new LayoutTree(directory, name);
    }

    private static void prepare(Path directory) throws IOException {
        Files.createDirectories(directory);
        if (!Files.exists(directory.resolve(OciLayout.MARK))) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
                if (files.iterator().hasNext()) {
                    throw new ConversionException(directory + " is neither empty nor an OCI layout");
                }
            }
            replace(directory.resolve(OciLayout.INDEX), OciLayout.empty().toJson());
            replace(directory.resolve(OciLayout.MARK), OciLayout.mark());
        }
    }

    Path directory() {
        return directory;
    }

    @Override
    public ConversionTarget image(boolean top) {
        return new ConversionTarget() {
            @Override
            public boolean put(ConvertedLayer layer, LongConsumer sent) throws IOException {
                return putFile(layer.file(), layer.descriptor(), sent);
            }

            @Override
            public Descriptor putConfig(String mediaType, byte[] json) throws IOException {
                return putDocument(mediaType, json);
            }

            @Override
            public Descriptor putManifest(Manifest manifest) throws IOException {
                return name(putDocument(manifest.mediaType(), manifest.toJson()), top);
            }
        };
    }

    @Override
    public Descriptor putIndex(Index index, boolean top) throws IOException {
        return name(putDocument(index.mediaType(), index.toJson()), top);
    }

    @Override
    public Descriptor putAsIs(Descriptor document, byte[] json, boolean top) throws IOException {
        return name(putDocument(document.mediaType(), json), top);
    }

    private boolean putFile(Path file, Descriptor blob, LongConsumer sent) throws IOException {
        Path target = directory.resolve(OciLayout.blob(blob.digest()));
        if (Files.exists(target) && Files.size(target) == blob.size()) {
            return true;
        }
        Path part = part(target);
        try {
            try (InputStream in = Files.newInputStream(file);
                    OutputStream out = Files.newOutputStream(part)) {
                byte[] buffer = new byte[BUFFER];
                long copied = 0;
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    out.write(buffer, 0, n);
                    copied += n;
                    sent.accept(copied);
                }
            }
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw unwritten(target, e);
        } finally {
            Files.deleteIfExists(part);
        }
        return false;
    }

    private Descriptor putDocument(String mediaType, byte[] json) throws IOException {
        Descriptor document = Descriptor.of(mediaType, json);
        replace(directory.resolve(OciLayout.blob(document.digest())), json);
        return document;
    }

    private synchronized Descriptor name(Descriptor document, boolean top) throws IOException {
        if (top) {
            Index index = OciLayout.named(OciLayout.index(new DirectoryFiles(directory)), name, document);
            replace(directory.resolve(OciLayout.INDEX), index.toJson());
        }
        return document;
    }

    private static void replace(Path file, byte[] content) throws IOException {
        Path part = part(file);
        try {
            Files.write(part, content);
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw unwritten(file, e);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    /** A failure of a file names one already; one of a stream, as on a full disk, does not. */
    private static IOException unwritten(Path file, IOException e) {
        return e instanceof FileSystemException
                ? e
                : new ConversionException(file + " cannot be written: " + Reason.of(e), e);
    }

    /** A file beside another, which becomes that one when it is complete. */
    private static Path part(Path file) throws IOException {
        Path part = file.resolveSibling("." + UUID.randomUUID() + ".part");
        Path parent = part.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        return part;
    }
}
