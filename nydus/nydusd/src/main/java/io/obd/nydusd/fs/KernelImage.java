package io.obd.nydusd.fs;

import io.obd.block.FileBlob;
import io.obd.fuse.FuseAttributes;
import io.obd.fuse.FuseFile;
import io.obd.fuse.FuseNode;
import io.obd.fuse.FuseObserver;
import io.obd.fuse.FuseTree;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.KernelBootstrap;
import io.obd.rafs.RafsVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An image of version 6 as files that the kernel's EROFS can mount: the bootstrap, and each blob with its content
 * decompressed. The kernel then looks up names and keeps content by itself, and only asks for content that it has not
 * got.
 */
public final class KernelImage implements FuseTree, FuseObserver {
    /** Name of the bootstrap. */
    public static final String BOOTSTRAP = "b";

    private static final int ROOT_PERMISSIONS = 0755;

    private final RafsImage image;
    private final List<ExportedFile> files = new ArrayList<>();
    private final ExportedDirectory root = new ExportedDirectory();

    private KernelImage(RafsImage image, KernelBootstrap bootstrap) {
        this.image = image;
        files.add(new ExportedFile(2, BOOTSTRAP, new BootstrapContent(bootstrap)));
        for (BlobInfo blob : image.bootstrap().blobs()) {
            files.add(
                    new ExportedFile(files.size() + 2L, Integer.toString(blob.index()), new BlobContent(image, blob)));
        }
    }

    /**
     * Exports an image.
     *
     * @param bootstrap the file that the image was loaded from
     */
    public static KernelImage of(RafsImage image, Path bootstrap) throws IOException {
        try (FileBlob file = FileBlob.open(bootstrap)) {
            return new KernelImage(
                    image,
                    KernelBootstrap.load(file, ROOT_PERMISSIONS, image.rules().mounted()));
        }
    }

    /** Why an image looks different when the kernel reads it, or nothing if it does not. */
    public static Optional<String> obstacle(RafsImage image) {
        if (image.bootstrap().version() != RafsVersion.V6) {
            return Optional.of("the image is of version 5");
        }
        if (image.bootstrap().flags().isTarfs()) {
            return Optional.of("the image refers to a tar");
        }
        if (!image.bootstrap().flags().hasOwners()) {
            return Optional.of("the image does not say who files belong to");
        }
        if (image.rules().owners().count() > 0) {
            return Optional.of("owners are shown as others (id_mapping)");
        }
        boolean timeless = image.inodes()
                .anyMatch(inode -> !inode.equals(image.bootstrap().root())
                        && inode.modified().getEpochSecond() == 0);
        return timeless ? Optional.of("files have no time") : Optional.empty();
    }

    /** Names of the blobs, in the order of the image's devices. */
    public List<String> blobs() {
        return files.stream().skip(1).map(ExportedFile::name).toList();
    }

    @Override
    public @Nullable FuseNode node(long id) {
        if (id == root.id()) {
            return root;
        }
        return id < 2 || id - 2 >= files.size() ? null : files.get((int) id - 2);
    }

    @Override
    public long files() {
        return files.size();
    }

    @Override
    public boolean hasNoXattrs() {
        return true;
    }

    @Override
    public FuseObserver observer() {
        return this;
    }

    @Override
    public void read(long id, long length, long nanos, boolean failed) {
        image.counters().read(id, length, nanos, failed);
    }

    /** What the files have in common: their parent. */
    private abstract class Exported implements FuseNode {
        @Override
        public FuseNode parent() {
            return root;
        }
    }

    private final class ExportedDirectory extends Exported {
        @Override
        public long id() {
            return 1;
        }

        @Override
        public FuseAttributes attributes() {
            return new FuseAttributes(0, 0, 0, 0, 040500, 2, 0, 0, 0);
        }

        @Override
        public String path() {
            return image.name();
        }

        @Override
        public @Nullable FuseNode child(byte[] name) {
            String wanted = new String(name, StandardCharsets.UTF_8);
            return files.stream()
                    .filter(file -> file.name().equals(wanted))
                    .findFirst()
                    .orElse(null);
        }

        @Override
        public int entryCount() {
            return files.size();
        }

        @Override
        public byte[] entryName(int index) {
            return files.get(index).name().getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public FuseNode entry(int index) {
            return files.get(index);
        }

        @Override
        public FuseFile content() {
            throw new IllegalStateException("a directory");
        }
    }

    private final class ExportedFile extends Exported {
        private final long id;
        private final String name;
        private final FuseFile content;

        ExportedFile(long id, String name, FuseFile content) {
            this.id = id;
            this.name = name;
            this.content = content;
        }

        String name() {
            return name;
        }

        @Override
        public long id() {
            return id;
        }

        @Override
        public FuseAttributes attributes() {
            return new FuseAttributes(content.size(), 0, 0, 0, 0100400, 1, 0, 0, 0);
        }

        @Override
        public String path() {
            return content.toString();
        }

        @Override
        public @Nullable FuseNode child(byte[] wanted) {
            return null;
        }

        @Override
        public int entryCount() {
            return 0;
        }

        @Override
        public byte[] entryName(int index) {
            throw new IndexOutOfBoundsException(index);
        }

        @Override
        public FuseNode entry(int index) {
            throw new IndexOutOfBoundsException(index);
        }

        @Override
        public FuseFile content() {
            return content;
        }
    }
}
