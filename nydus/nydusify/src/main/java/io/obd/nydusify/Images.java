package io.obd.nydusify;

import io.obd.convert.ConversionException;
import io.obd.convert.ConversionSource;
import io.obd.convert.RepositorySource;
import io.obd.convert.RepositoryTree;
import io.obd.convert.TreeTarget;
import io.obd.convert.files.ArchiveTree;
import io.obd.convert.files.LayoutSource;
import io.obd.registry.Digest;
import io.obd.registry.ImageReference;
import io.obd.registry.RegistryException;
import io.obd.registry.Repository;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/** Opens places; closing this closes the files among them. */
final class Images implements Closeable {
    private final Registries registries;
    private final Deque<Closeable> files = new ArrayDeque<>();

    Images(Registries registries) {
        this.registries = registries;
    }

    /**
     * An image to read.
     *
     * @param reference what it is called in the source
     */
    record Source(String reference, ConversionSource content, BlobSizes sizes) {}

    /**
     * Where an image goes.
     *
     * @param blobs tells which blobs need not be brought
     * @param readers reads the blobs that are there
     */
    record Target(TreeTarget tree, KnownBlobs blobs, NydusEngine.LayerReaders readers) {}

    /** @throws ConversionException if a file is no archive of an image */
    Source source(Place place, Transport transport) throws IOException {
        return switch (place) {
            case Place.InRegistry registry -> {
                Repository repository = registries.repository(registry.name(), transport);
                yield new Source(
                        registry.name().target(),
                        new RepositorySource(repository),
                        blob -> repository.blob(blob).size());
            }
            case Place.InArchive archive -> {
                LayoutSource layout = LayoutSource.archive(archive.file());
                files.push(layout);
                yield new Source("", layout, layout::size);
            }
        };
    }

    /**
     * @param source whose tag the image has in an archive that does not say another one
     * @param work for files until an archive is written
     */
    Target target(Place place, Transport transport, Place source, Path work) throws IOException {
        return target(place, transport, source, work, 0);
    }

    /**
     * The same with another size of requests.
     *
     * @param pushChunk most bytes of a blob that are sent with one request, 0 for the usual number
     */
    Target target(Place place, Transport transport, Place source, Path work, long pushChunk) throws IOException {
        return switch (place) {
            case Place.InRegistry registry -> {
                Repository usual = registries.repository(registry.name(), transport);
                Repository repository = pushChunk == 0 ? usual : usual.withPushChunk(pushChunk);
                yield new Target(
                        new RepositoryTree(repository, place.tag()),
                        known(repository, registry, source),
                        blob -> RemoteReader.open(repository.blob(blob)));
            }
            case Place.InArchive archive ->
                new Target(ArchiveTree.create(archive.file(), tag(archive, source), work, false), _ -> false, blob -> {
                    throw new ConversionException("the new archive has no blob " + blob);
                });
        };
    }

    private static String tag(Place.InArchive archive, Place source) {
        return archive.name() == null ? source.tag() : archive.tag();
    }

    /** Which blobs of the source need not be brought to a target. */
    KnownBlobs known(Place target, Transport transport, Place source) throws IOException {
        return switch (target) {
            case Place.InRegistry registry ->
                known(registries.repository(registry.name(), transport), registry, source);
            case Place.InArchive _ -> _ -> false;
        };
    }

    /** What the repository has, or the registry can give it out of the source's. */
    private static KnownBlobs known(Repository repository, Place.InRegistry target, Place source) {
        if (source instanceof Place.InRegistry from
                && from.name().host().equals(target.name().host())
                && !from.name().repository().equals(target.name().repository())) {
            return blob -> repository.exists(blob) || mount(repository, blob, from.name());
        }
        return repository::exists;
    }

    private static boolean mount(Repository repository, Digest blob, ImageReference from) throws IOException {
        try {
            return repository.mount(blob, from.repository());
        } catch (RegistryException.NotFound | RegistryException.Unauthorized notForUs) {
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        while (!files.isEmpty()) {
            files.pop().close();
        }
    }
}
