package io.obd.convertor;

import io.obd.block.FileBlob;
import io.obd.lsmt.Layer;
import io.obd.lsmt.LayeredImage;
import io.obd.registry.Descriptor;
import io.obd.registry.Manifest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The disks that converted images stand for. */
final class Disks {
    private Disks() {}

    /** The layers of an image, stacked and written to a sparse file. */
    static Path of(FakeRegistry registry, Manifest manifest, Path dir) throws IOException {
        List<Layer> layers = new ArrayList<>();
        for (Descriptor layer : manifest.layers()) {
            byte[] blob =
                    Objects.requireNonNull(registry.blobs.get(layer.digest().toString()));
            layers.add(Layer.open(
                    FileBlob.open(Files.write(dir.resolve(layer.digest().hex()), blob))));
        }
        Path disk = dir.resolve("disk");
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
        ByteBuffer zeros = ByteBuffer.allocateDirect(1 << 20);
        try (LayeredImage image = LayeredImage.open(layers, null);
                FileChannel file = FileChannel.open(disk, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (long offset = 0; offset < image.size(); offset += buffer.capacity()) {
                image.read(offset, buffer.clear());
                if (!buffer.flip().equals(zeros)) {
                    file.write(buffer, offset);
                }
            }
            file.write(ByteBuffer.allocate(1), image.size() - 1);
        }
        return disk;
    }
}
