package io.obd.fs;

import io.obd.block.MappingStore;
import io.obd.fs.tar.ByteString;
import io.obd.fs.tar.LayerTar;
import io.obd.fs.tar.LayerTarException;
import io.obd.fs.tar.TarEntry;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Applies the tar of an image layer to a file system, as an unpacker of containerd would into a directory: whiteouts
 * take away, other entries add or replace; a directory on a directory only changes its attributes.
 *
 * <p>Hard links may come before their targets and may name files of lower layers; the attributes that stand at a link are
 * those of the file from then on. Parents that no entry describes are made with mode 0755 and time 0. No path leaves the root.
 */
public final class LayerApplier {
    private static final int MAX_MAJOR = 0xFFF;
    private static final int MAX_MINOR = 0xFFFFF;

    private final ImageFileSystem fs;
    private final FileTree tree;
    private final PathResolver resolver;
    private final Whiteouts whiteouts;

    /** Applies layers to {@code fs}, which stays open. */
    public LayerApplier(ImageFileSystem fs) {
        this.fs = fs;
        tree = fs.tree();
        resolver = new PathResolver(tree);
        whiteouts = new Whiteouts(tree, resolver);
    }

    /**
     * Applies layers without the content of files: their blocks are mapped to where it is in the tar, which is the original
     * layer that the writable layer refers to. Where that cannot be, as a sparse file has pieces that do not begin with a
     * sector, it is copied.
     *
     * @param store what {@code fs} is on
     */
    public static LayerApplier referring(ImageFileSystem fs, MappingStore store) {
        LayerApplier applier = new LayerApplier(fs);
        applier.tree.referTo(store);
        return applier;
    }

    /**
     * Applies one layer and reads the stream to its end. If that fails the file system is given up: closing it
     * writes nothing any more.
     *
     * @param in uncompressed tar
     * @throws LayerTarException if the tar is damaged or an entry cannot be applied; its cause is a
     *     {@link FileSystemFullException} if there was no room
     */
    public void apply(InputStream in) throws IOException {
        apply(new LayerTar(in));
    }

    /**
     * Applies one layer of which only the headers are there. This must be an applier that refers to the tar; what it would
     * have to copy is an error.
     *
     * @param headers as {@link io.obd.fs.tar.TarHeaders} writes them
     */
    public void applyHeaders(InputStream headers) throws IOException {
        apply(LayerTar.ofHeaders(headers));
    }

    private void apply(LayerTar tar) throws IOException {
        fs.tree().nextLayer();
        boolean applied = false;
        try {
            applyEntries(tar);
            applied = true;
        } finally {
            if (!applied) {
                fs.abandon();
            }
        }
    }

    private void applyEntries(LayerTar tar) throws IOException {
        DeferredLinks deferred = new DeferredLinks();
        for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
            try {
                applyEntry(tar, entry, deferred);
            } catch (ImageFsException e) {
                throw at(entry, e);
            }
        }
        applyDeferred(deferred);
        tar.drain();
    }

    private void applyEntry(LayerTar tar, TarEntry entry, DeferredLinks deferred) throws IOException {
        List<ByteString> path = EntryPath.cleaned(entry.name());
        if (path.isEmpty()) {
            applyRoot(entry);
            return;
        }
        if (whiteouts.apply(path)) {
            return;
        }
        deferred.remove(path);
        Directory parent = resolver.make(path.subList(0, path.size() - 1));
        ByteString name = path.getLast();
        switch (entry.type()) {
            case DIRECTORY -> applyDirectory(parent, name, EntryAttributes.of(entry));
            case HARD_LINK -> {
                if (!link(parent, name, entry)) {
                    deferred.add(path, entry);
                }
            }
            default -> {
                tree.remove(parent, name);
                create(tar, entry, parent, name);
            }
        }
    }

    private void applyRoot(TarEntry entry) throws IOException {
        if (entry.type() != TarEntry.Type.DIRECTORY) {
            throw new ImageFsException("the root cannot be a " + entry.type());
        }
        tree.setAttributes(tree.root().inode(), EntryAttributes.of(entry));
    }

    private void applyDirectory(Directory parent, ByteString name, Attributes attributes) throws IOException {
        DirectoryEntry existing = parent.find(name);
        if (existing != null && existing.isDirectory()) {
            tree.setAttributes(existing.inode(), attributes);
            tree.touch(existing);
        } else {
            tree.remove(parent, name);
            tree.createDirectory(parent, name, attributes);
        }
    }

    private void create(LayerTar tar, TarEntry entry, Directory parent, ByteString name) throws IOException {
        Attributes attributes = EntryAttributes.of(entry);
        switch (entry.type()) {
            case FILE -> tree.createFile(parent, name, attributes, new TarContent(tar, entry));
            case SYMLINK -> tree.createSymlink(parent, name, attributes, entry.linkName());
            case CHARACTER_DEVICE -> createDevice(entry, parent, name, attributes, FileType.CHARACTER_DEVICE);
            case BLOCK_DEVICE -> createDevice(entry, parent, name, attributes, FileType.BLOCK_DEVICE);
            case FIFO -> tree.createSpecial(parent, name, attributes, FileType.FIFO, 0, 0);
            case DIRECTORY, HARD_LINK -> throw new IllegalStateException("not made here: " + entry.type());
        }
    }

    private void createDevice(TarEntry entry, Directory parent, ByteString name, Attributes attributes, FileType type)
            throws IOException {
        if (entry.major() > MAX_MAJOR || entry.minor() > MAX_MINOR) {
            throw new ImageFsException("device " + entry.major() + ":" + entry.minor() + " is out of range");
        }
        tree.createSpecial(parent, name, attributes, type, entry.major(), entry.minor());
    }

    /** Makes a hard link; false if its target is not there. */
    private boolean link(Directory parent, ByteString name, TarEntry entry) throws IOException {
        List<ByteString> target = EntryPath.cleaned(entry.linkName());
        if (target.isEmpty()) {
            throw new ImageFsException("a hard link to the root");
        }
        Directory targetParent = resolver.find(target.subList(0, target.size() - 1));
        if (targetParent == parent && target.getLast().equals(name)) {
            touch(parent.find(name));
            return true;
        }
        tree.remove(parent, name);
        DirectoryEntry found = targetParent == null ? null : targetParent.find(target.getLast());
        if (found == null) {
            return false;
        }
        if (found.isDirectory()) {
            throw new ImageFsException("a hard link to the directory " + entry.linkName());
        }
        tree.link(parent, name, found);
        tree.addAttributes(found, EntryAttributes.ofLink(entry, found.type()));
        return true;
    }

    private void touch(@Nullable DirectoryEntry entry) throws ImageFsException {
        if (entry == null) {
            throw new ImageFsException("a hard link to itself");
        }
        tree.touch(entry);
    }

    /** Makes the links that waited; one may wait for another. */
    private void applyDeferred(DeferredLinks deferred) throws IOException {
        while (!deferred.isEmpty()) {
            int before = deferred.size();
            for (Map.Entry<List<ByteString>, TarEntry> waiting : deferred.waiting()) {
                List<ByteString> path = waiting.getKey();
                try {
                    Directory parent = resolver.make(path.subList(0, path.size() - 1));
                    if (link(parent, path.getLast(), waiting.getValue())) {
                        deferred.remove(path);
                    }
                } catch (ImageFsException e) {
                    throw at(waiting.getValue(), e);
                }
            }
            if (deferred.size() == before) {
                TarEntry link = deferred.waiting().getFirst().getValue();
                throw at(link, new ImageFsException("the target " + link.linkName() + " of the hard link is nowhere"));
            }
        }
    }

    private static LayerTarException at(TarEntry entry, ImageFsException e) {
        return new LayerTarException(entry.name(), entry.offset(), e.getMessage() == null ? "" : e.getMessage(), e);
    }
}
