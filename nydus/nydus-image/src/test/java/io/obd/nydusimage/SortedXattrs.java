package io.obd.nydusimage;

import io.obd.rafs.Attributes;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.BootstrapWriter;
import io.obd.rafs.ImageFormat;
import io.obd.rafs.Inode;
import io.obd.rafs.Node;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * A bootstrap with the extended attributes of each file in order. The originals write them in a random one. What is
 * written by {@link BootstrapWriter} out of a golden bootstrap as it is has the same bytes, which a test of it shows.
 */
final class SortedXattrs {
    private final Map<Inode, Node> nodes = new HashMap<>();

    private SortedXattrs() {}

    static byte[] of(Path bootstrap) throws IOException {
        return new SortedXattrs().bytes(Bootstrap.load(bootstrap));
    }

    private byte[] bytes(Bootstrap image) throws IOException {
        Node root = Node.copyOf(image);
        sort(image.root(), root);
        ImageFormat format = new ImageFormat(
                image.version(),
                image.flags().compressor(),
                image.flags().digester(),
                image.chunkSize(),
                image.flags().hasOwners());
        List<Node> prefetch = image.prefetch().stream().map(nodes::get).toList();
        return new BootstrapWriter(format).write(root, image.blobs(), prefetch).array();
    }

    private void sort(Inode inode, Node node) {
        nodes.put(inode, node);
        Attributes known = node.attributes();
        node.setAttributes(new Attributes(
                known.permissions(), known.uid(), known.gid(), known.modified(), new TreeMap<>(known.xattrs())));
        for (Inode.Entry entry : inode.entries()) {
            sort(entry.inode(), Objects.requireNonNull(node.child(entry.name())));
        }
    }
}
