package io.obd.snapshotter;

import io.obd.image.ImageConfig.Lower;
import io.obd.image.ImageConfig.Upper;
import io.obd.linux.DirectoryTree;
import io.obd.snapshots.Layer;
import io.obd.snapshots.SnapshotException;
import io.obd.snapshots.SnapshotException.Code;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Makes turboOCI layers, with the overlaybd tools, of layers that came as a tar: the files' content stays there.
 *
 * <pre>
 * layer.tar               put there by whoever prepared the snapshot
 * fs/overlaybd.commit     the metadata that is made of it
 * fs/gzip.meta            its index, if it is compressed
 * temp/                   while it is made
 * </pre>
 */
final class TarLayers {
    private static final String TAR = "layer.tar";
    private static final String GZIP_INDEX = "gzip.meta";
    private static final String EXT4 = "ext4";

    /** Size of the device in GB, that of the original. */
    private static final String GIGABYTES = "256";

    private final Path tools;
    private final Programs programs;

    /** @param tools directory of the overlaybd-* programs */
    TarLayers(Path tools, Programs programs) {
        this.tools = tools;
        this.programs = programs;
    }

    /** The tar that a layer came as, if it did. */
    static Optional<Path> in(Layer layer) {
        return Optional.of(layer.directory().resolve(TAR))
                .filter(tar -> Files.isRegularFile(tar, LinkOption.NOFOLLOW_LINKS));
    }

    /** Converts a layer. Can be repeated: what was made is not made again. */
    Lower convert(Layer layer, Path tar, FileSystemType type, List<Layer> parents) throws IOException {
        if (!type.name().equals(EXT4) && !type.isReadOnly()) {
            throw new SnapshotException(
                    Code.FAILED_PRECONDITION, "a " + TAR + " becomes ext4 or erofs, not " + type.name());
        }
        Path metadata = layer.fs().resolve(LayerFile.COMMIT);
        if (!LayerFile.in(layer.fs()).equals(Optional.of(metadata))) {
            Path temp = layer.directory().resolve("temp");
            DirectoryTree.delete(temp);
            Files.createDirectory(
                    temp, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            make(temp, tar, type.name(), parents);
            publish(temp, layer.fs());
            DirectoryTree.delete(temp);
        }
        sync(tar);
        Path index = layer.fs().resolve(GZIP_INDEX);
        return new Lower(
                metadata.toString(), "", "", 0, tar.toString(), "", Files.exists(index) ? index.toString() : "");
    }

    private void make(Path temp, Path tar, String type, List<Layer> parents) throws IOException {
        Path data = temp.resolve("writable_data");
        Path index = temp.resolve("writable_index");
        Path target = Files.createFile(temp.resolve("fake_target")); // which has to exist, and is not read
        List<String> create = new ArrayList<>(
                List.of(tool("overlaybd-create"), data.toString(), index.toString(), GIGABYTES, "-s", "--turboOCI"));
        if (parents.isEmpty() && type.equals(EXT4)) {
            create.add("--mkfs");
        }
        programs.run(create);

        Path config = temp.resolve("config.v1.json");
        Upper upper = new Upper(index.toString(), data.toString(), target.toString(), "", 0);
        DeviceSpecs.device(parents, upper, temp.resolve("init-debug.log")).write(config);
        Path service = temp.resolve("service.json");
        Files.writeString(service, service(temp.resolve("cache")));
        programs.run(List.of(
                tool("turboOCI-apply"),
                tar.toString(),
                config.toString(),
                "--service_config_path",
                service.toString(),
                "--fstype",
                type,
                "--gz_index_path",
                temp.resolve(GZIP_INDEX).toString()));
        programs.run(List.of(
                tool("overlaybd-commit"),
                data.toString(),
                index.toString(),
                temp.resolve(LayerFile.COMMIT).toString(),
                "-z",
                "--turboOCI"));
    }

    /** Layers below may be in a registry: what is read of them is kept only for the time of the conversion. */
    private static String service(Path cache) {
        return """
                {"registryFsVersion":"v2","logConfig":{"logLevel":1,"logPath":""},"enableAudit":false,"ioEngine":0,\
                "cacheConfig":{"cacheType":"file","cacheDir":"%s","cacheSizeGB":4},\
                "gzipCacheConfig":{"enable":false},"download":{"enable":false}}""".formatted(cache);
    }

    /** The metadata comes last: it says that everything is there. */
    private static void publish(Path temp, Path fs) throws IOException {
        for (String name : List.of(GZIP_INDEX, LayerFile.COMMIT)) {
            Path made = temp.resolve(name);
            if (Files.exists(made)) {
                sync(made);
                Files.move(made, fs.resolve(name), StandardCopyOption.ATOMIC_MOVE);
            }
        }
        sync(fs);
    }

    private static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private String tool(String name) {
        return tools.resolve(name).toString();
    }
}
