package io.obd.convertor;

import io.obd.convert.ConversionSource;
import io.obd.convert.RepositorySource;
import io.obd.convert.RepositoryTree;
import io.obd.convert.TreeTarget;
import io.obd.convert.files.ArchiveTree;
import io.obd.convert.files.DockerArchiveSource;
import io.obd.convert.files.LayoutSource;
import io.obd.convert.files.LayoutTree;
import io.obd.registry.RegistryClient;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/** Opens places; closing this closes the files among them. */
final class Images implements Closeable {
    private final RegistryClient client;
    private final Deque<Closeable> files = new ArrayDeque<>();

    /** @param client for places in registries */
    Images(RegistryClient client) {
        this.client = client;
    }

    ConversionSource source(Place place) throws IOException {
        return switch (place) {
            case Place.InRegistry registry -> new RepositorySource(client.repository(registry.name()));
            case Place.InLayout layout -> closing(LayoutSource.directory(layout.directory()));
            case Place.InArchive archive when archive.forDocker() -> closing(DockerArchiveSource.open(archive.file()));
            case Place.InArchive archive -> closing(LayoutSource.archive(archive.file()));
        };
    }

    /**
     * @param tag of the topmost document
     * @param work for files until an archive is written
     */
    TreeTarget target(Place place, String tag, Path work) throws IOException {
        return switch (place) {
            case Place.InRegistry registry -> new RepositoryTree(client.repository(registry.name()), tag);
            case Place.InLayout layout -> LayoutTree.open(layout.directory(), tag);
            case Place.InArchive archive -> ArchiveTree.create(archive.file(), tag, work, archive.forDocker());
        };
    }

    private <T extends Closeable> T closing(T opened) {
        files.push(opened);
        return opened;
    }

    @Override
    public void close() throws IOException {
        while (!files.isEmpty()) {
            files.pop().close();
        }
    }
}
