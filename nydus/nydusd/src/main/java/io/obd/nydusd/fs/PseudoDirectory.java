package io.obd.nydusd.fs;

import io.obd.fuse.FuseAttributes;
import io.obd.fuse.FuseFile;
import io.obd.fuse.FuseNode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A directory that is in no image: the way to images that are mounted below it. Changes under the lock of its tree. */
final class PseudoDirectory implements FuseNode {
    private static final int MODE = 040755;
    private static final int LINKS = 2;

    private final long id;
    private final String path;
    private final Instant made;
    private final @Nullable PseudoDirectory parent;
    private volatile Map<String, FuseNode> children = Map.of();
    private volatile List<String> names = List.of();

    PseudoDirectory(long id, String path, @Nullable PseudoDirectory parent, Instant made) {
        this.id = id;
        this.path = path;
        this.parent = parent;
        this.made = made;
    }

    @Nullable
    FuseNode child(String name) {
        return children.get(name);
    }

    void put(String name, FuseNode child) {
        Map<String, FuseNode> changed = new TreeMap<>(children);
        changed.put(name, child);
        // The names last: whoever sees one finds what it stands for.
        children = changed;
        names = List.copyOf(changed.keySet());
    }

    @Override
    public long id() {
        return id;
    }

    @Override
    public FuseAttributes attributes() {
        return new FuseAttributes(0, made.getEpochSecond(), 0, made.getEpochSecond(), MODE, LINKS, 0, 0, 0);
    }

    @Override
    public String path() {
        return path;
    }

    @Override
    public @Nullable FuseNode child(byte[] name) {
        return children.get(new String(name, StandardCharsets.UTF_8));
    }

    @Override
    public int entryCount() {
        return names.size();
    }

    @Override
    public byte[] entryName(int index) {
        return names.get(index).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public FuseNode entry(int index) {
        return Objects.requireNonNull(children.get(names.get(index)));
    }

    @Override
    public FuseNode parent() {
        return parent == null ? this : parent;
    }

    @Override
    public FuseFile content() {
        throw new IllegalStateException(path + " is a directory");
    }

    @Override
    public boolean isComplete() {
        return false;
    }
}
