package io.obd.nydusd.fs;

import io.obd.fs.tar.ByteString;
import io.obd.fuse.FuseNode;
import io.obd.fuse.FuseObserver;
import io.obd.fuse.FuseTree;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The tree that the kernel sees: one image, or directories with images mounted in them. The upper half of a file's number
 * is the index of its image, 0 for directories that are in none.
 */
public final class MountTree implements FuseTree, FuseObserver {
    private static final long ROOT = 1;
    private static final long PLACE = 0xffff_ffffL;

    private final Instant made;
    private final PseudoDirectory pseudoRoot;
    private final Map<Long, PseudoDirectory> directories = new ConcurrentHashMap<>();
    private final Map<Integer, RafsImage> images = new ConcurrentHashMap<>();
    private volatile @Nullable RafsImage root;
    private long lastDirectory = ROOT;

    /**
     * A name that means something else than before.
     *
     * @param directory number of the directory that it is in
     */
    public record Change(long directory, ByteString name) {}

    /** @param made when the directories that are in no image were made, as stat(2) says it */
    public MountTree(Instant made) {
        this.made = made;
        this.pseudoRoot = new PseudoDirectory(ROOT, "", null, made);
        directories.put(ROOT, pseudoRoot);
    }

    /**
     * Mounts an image, at a place where none is or in the place of another one.
     *
     * @param mountPoint from the root on, with a leading slash and without a trailing one
     * @return what the kernel has to hear of
     */
    public synchronized List<Change> mount(String mountPoint, RafsImage image) {
        images.put(image.index(), image);
        if (mountPoint.equals("/")) {
            RafsImage before = root;
            root = image;
            return before == null ? List.of() : changes(before, image);
        }
        String[] names = mountPoint.substring(1).split("/");
        PseudoDirectory at = pseudoRoot;
        for (int i = 0; i < names.length - 1; i++) {
            at = at.child(names[i]) instanceof PseudoDirectory next ? next : make(at, names[i]);
        }
        String name = names[names.length - 1];
        at.put(name, image.root());
        return List.of(new Change(at.id(), ByteString.of(name)));
    }

    private static List<Change> changes(RafsImage before, RafsImage after) {
        return Stream.of(before, after)
                .flatMap(image -> image.root().inode().entries().stream())
                .map(entry -> new Change(ROOT, entry.name()))
                .toList();
    }

    private PseudoDirectory make(PseudoDirectory parent, String name) {
        lastDirectory++;
        PseudoDirectory made = new PseudoDirectory(lastDirectory, parent.path() + "/" + name, parent, this.made);
        directories.put(lastDirectory, made);
        parent.put(name, made);
        return made;
    }

    /** Takes an image away, and the directories that led to nothing else. */
    public synchronized List<Change> unmount(String mountPoint, RafsImage image) {
        images.remove(image.index());
        if (mountPoint.equals("/")) {
            root = null;
            return changes(image, image);
        }
        List<Change> changes = new ArrayList<>();
        int slash = mountPoint.lastIndexOf('/');
        PseudoDirectory directory = directory(mountPoint.substring(0, slash));
        remove(directory, mountPoint.substring(slash + 1), changes);
        return changes;
    }

    private PseudoDirectory directory(String path) {
        PseudoDirectory at = pseudoRoot;
        for (String name : path.split("/")) {
            if (!name.isEmpty()) {
                if (!(at.child(name) instanceof PseudoDirectory next)) {
                    throw new IllegalStateException(path + ": nothing was mounted below");
                }
                at = next;
            }
        }
        return at;
    }

    private void remove(PseudoDirectory directory, String name, List<Change> changes) {
        directory.remove(name);
        changes.add(new Change(directory.id(), ByteString.of(name)));
        if (directory.entryCount() == 0
                && directory.parent() instanceof PseudoDirectory parent
                && parent != directory) {
            directories.remove(directory.id());
            remove(parent, directory.path().substring(directory.path().lastIndexOf('/') + 1), changes);
        }
    }

    /** Forgets an image that another one has taken the place of. */
    public void forget(RafsImage image) {
        images.remove(image.index());
    }

    @Override
    public @Nullable FuseNode node(long id) {
        RafsImage whole = root;
        if (id == ROOT && whole != null) {
            return whole.root();
        }
        int index = (int) (id >>> Integer.SIZE);
        if (index == 0) {
            PseudoDirectory directory = directories.get(id);
            return directory == null ? null : directory.snapshot();
        }
        RafsImage image = images.get(index);
        return image == null ? null : image.node((int) id);
    }

    @Override
    public long files() {
        return images.values().stream().mapToLong(RafsImage::files).sum() + directories.size();
    }

    @Override
    public boolean hasNoXattrs() {
        RafsImage whole = root;
        return whole != null && !whole.rules().hasXattrs();
    }

    @Override
    public FuseObserver observer() {
        return this;
    }

    private @Nullable RafsImage image(long id) {
        RafsImage whole = root;
        return id == ROOT ? whole : images.get((int) (id >>> Integer.SIZE));
    }

    @Override
    public void answered(Kind kind, long id, boolean failed) {
        RafsImage image = image(id);
        if (image != null) {
            image.counters().answered(kind, failed);
        }
    }

    @Override
    public void read(long id, long length, long nanos, boolean failed) {
        RafsImage image = image(id);
        if (image != null) {
            image.counters().read(id & PLACE, length, nanos, failed);
        }
    }

    /** Makes the directories of {@link #directories} anew, in a tree that has none. */
    public synchronized void restore(Map<String, Long> known) {
        List<Map.Entry<String, Long>> parentsFirst = known.entrySet().stream()
                .filter(directory -> directory.getValue() != ROOT)
                .sorted(Comparator.comparingInt(directory -> directory.getKey().length()))
                .toList();
        for (Map.Entry<String, Long> directory : parentsFirst) {
            String path = directory.getKey();
            int slash = path.lastIndexOf('/');
            PseudoDirectory parent = directories.values().stream()
                    .filter(other -> other.path().equals(path.substring(0, slash)))
                    .findFirst()
                    .orElse(pseudoRoot);
            String name = path.substring(slash + 1);
            PseudoDirectory made = new PseudoDirectory(directory.getValue(), path, parent, this.made);
            directories.put(directory.getValue(), made);
            parent.put(name, made);
            lastDirectory = Math.max(lastDirectory, directory.getValue());
        }
    }

    /** The directories that are in no image, by path, for a successor. */
    public synchronized Map<String, Long> directories() {
        Map<String, Long> all = new HashMap<>();
        directories.forEach((id, directory) -> all.put(directory.path(), id));
        return all;
    }
}
