package io.obd.nydusbackend;

import io.obd.block.BlobReader;
import io.obd.rafs.data.BlobSource;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where blobs come from. What is read is counted. */
public final class Backend implements BlobSource, Closeable {
    private final String type;
    private final BlobSource source;
    private final @Nullable RegistryRoute route;
    private final BackendCounters counters = new BackendCounters();

    Backend(String type, BlobSource source, @Nullable RegistryRoute route) {
        this.type = type;
        this.source = source;
        this.route = route;
    }

    /** The name that configurations have for its kind. */
    public String type() {
        return type;
    }

    /** What was read from it. */
    public BackendCounters counters() {
        return counters;
    }

    /** The way to the registry, if it is one. */
    public Optional<RegistryRoute> route() {
        return Optional.ofNullable(route);
    }

    @Override
    public BlobReader open(String id) throws IOException {
        BlobReader blob = source.open(id);
        return new BlobReader() {
            @Override
            public long size() {
                return blob.size();
            }

            @Override
            public void read(long offset, ByteBuffer dst) throws IOException {
                counters.read(dst.remaining(), () -> blob.read(offset, dst));
            }

            @Override
            public String name() {
                return blob.name();
            }

            @Override
            public void close() throws IOException {
                blob.close();
            }
        };
    }

    @Override
    public void close() {
        if (route != null) {
            route.close();
        }
    }
}
