package io.obd.convert.files;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.obd.convert.ConversionException;
import io.obd.convert.ConversionTarget;
import io.obd.convert.ConvertedLayer;
import io.obd.convert.TreeTarget;
import io.obd.linux.Reason;
import io.obd.registry.Descriptor;
import io.obd.registry.Index;
import io.obd.registry.Manifest;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * An archive file that is to hold the result: a tar of an OCI layout. It is written when the result is complete, and is
 * there whole or not at all.
 */
public final class ArchiveTree implements TreeTarget {
    private static final int BUFFER = 1 << 20;
    private static final int FILE_MODE = 0100644;
    private static final int DIRECTORY_MODE = 040755;

    private final Path file;
    private final String name;
    private final LayoutTree layout;
    private final boolean forDocker;

    private ArchiveTree(Path file, String name, LayoutTree layout, boolean forDocker) {
        this.file = file;
        this.name = name;
        this.layout = layout;
        this.forDocker = forDocker;
    }

    /**
     * Prepares an archive.
     *
     * @param file not there yet
     * @param name of the topmost document
     * @param work a directory for what the archive will hold
     * @param forDocker whether the archive also gets what {@code docker load} reads; it can hold a single image then
     * @throws ConversionException if the file is there, or cannot be
     */
    public static ArchiveTree create(Path file, String name, Path work, boolean forDocker) throws IOException {
        if (Files.exists(file)) {
            throw new ConversionException(file + " exists: archives are not changed, remove it or name another one");
        }
        Path parent = file.toAbsolutePath().getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            throw new ConversionException(file + " cannot be written: " + parent + " is no directory");
        }
        return new ArchiveTree(file, name, LayoutTree.open(work, name), forDocker);
    }

    @Override
    public ConversionTarget image(boolean top) throws IOException {
        if (!top && forDocker) {
            throw new ConversionException(
                    "a docker archive holds a single image: choose one of the index with --platform");
        }
        ConversionTarget image = layout.image(top);
        return !top
                ? image
                : new ConversionTarget() {
                    @Override
                    public boolean put(ConvertedLayer layer, LongConsumer sent) throws IOException {
                        return image.put(layer, sent);
                    }

                    @Override
                    public Descriptor putConfig(String mediaType, byte[] json) throws IOException {
                        return image.putConfig(mediaType, json);
                    }

                    @Override
                    public Descriptor putManifest(Manifest manifest) throws IOException {
                        Descriptor put = image.putManifest(manifest);
                        write(forDocker ? dockerManifest(manifest) : new byte[0]);
                        return put;
                    }
                };
    }

    @Override
    public Descriptor putIndex(Index index, boolean top) throws IOException {
        Descriptor put = layout.putIndex(index, top);
        if (top) {
            write(new byte[0]);
        }
        return put;
    }

    @Override
    public Descriptor putAsIs(Descriptor document, byte[] json, boolean top) throws IOException {
        Descriptor put = layout.putAsIs(document, json, top);
        if (top) {
            write(forDocker ? dockerManifest(Manifest.parse(json)) : new byte[0]);
        }
        return put;
    }

    private byte[] dockerManifest(Manifest manifest) throws IOException {
        Map<String, Object> image = Map.of(
                DockerArchiveSource.CONFIG,
                OciLayout.blob(manifest.config().digest()),
                DockerArchiveSource.TAGS,
                name.contains(":") ? List.of(name) : List.of(),
                DockerArchiveSource.LAYERS,
                manifest.layers().stream()
                        .map(layer -> OciLayout.blob(layer.digest()))
                        .toList());
        return new ObjectMapper().writeValueAsBytes(List.of(image));
    }

    private void write(byte[] dockerManifest) throws IOException {
        Path part = file.resolveSibling("." + UUID.randomUUID() + ".part");
        try {
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(part), BUFFER);
                    TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
                tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
                if (dockerManifest.length > 0) {
                    entry(tar, DockerArchiveSource.MANIFEST, FILE_MODE, dockerManifest.length);
                    tar.write(dockerManifest);
                    tar.closeArchiveEntry();
                }
                for (Path path : layoutFiles()) {
                    String entry = layout.directory().relativize(path).toString();
                    boolean directory = Files.isDirectory(path);
                    entry(
                            tar,
                            directory ? entry + "/" : entry,
                            directory ? DIRECTORY_MODE : FILE_MODE,
                            directory ? 0 : Files.size(path));
                    if (!directory) {
                        Files.copy(path, tar);
                    }
                    tar.closeArchiveEntry();
                }
            }
            // Fails if somebody else made the file meanwhile.
            Files.move(part, file);
        } catch (IOException e) {
            throw new ConversionException(file + " cannot be written: " + Reason.of(e), e);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private List<Path> layoutFiles() throws IOException {
        try (Stream<Path> all = Files.walk(layout.directory())) {
            return all.filter(path -> !path.equals(layout.directory())).sorted().toList();
        }
    }

    /** Without times and owners, so that equal results are equal files. */
    private static void entry(TarArchiveOutputStream tar, String name, int mode, long size) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setMode(mode);
        entry.setModTime(0);
        entry.setSize(size);
        tar.putArchiveEntry(entry);
    }
}
