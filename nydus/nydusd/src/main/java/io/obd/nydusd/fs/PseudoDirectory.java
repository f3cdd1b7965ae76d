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
    private volatile Entries entries = Entries.of(Map.of());

    private record Entries(Map<String, FuseNode> children, List<String> names) {
        static Entries of(Map<String, FuseNode> children) {
            return new Entries(children, List.copyOf(children.keySet()));
        }
    }

    PseudoDirectory(long id, String path, @Nullable PseudoDirectory parent, Instant made) {
        this.id = id;
        this.path = path;
        this.parent = parent;
        this.made = made;
    }

    @Nullable
    FuseNode child(String name) {
        return entries.children().get(name);
    }

    void put(String name, FuseNode child) {
        Map<String, FuseNode> changed = new TreeMap<>(entries.children());
        changed.put(name, child);
        entries = Entries.of(changed);
    }

    void remove(String name) {
        Map<String, FuseNode> changed = new TreeMap<>(entries.children());
        changed.remove(name);
        entries = Entries.of(changed);
    }

    /** This as it is now: who lists it counts its entries first. */
    PseudoDirectory snapshot() {
        PseudoDirectory now = new PseudoDirectory(id, path, parent, made);
        now.entries = entries;
        return now;
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
        return child(new String(name, StandardCharsets.UTF_8));
    }

    @Override
    public int entryCount() {
        return entries.names().size();
    }

    @Override
    public byte[] entryName(int index) {
        return entries.names().get(index).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public FuseNode entry(int index) {
        Entries now = entries;
        return Objects.requireNonNull(now.children().get(now.names().get(index)));
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
