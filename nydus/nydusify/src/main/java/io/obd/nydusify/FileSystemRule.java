package io.obd.nydusify;

import io.obd.fs.tar.ByteString;
import io.obd.linux.Reason;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.data.ChunkReader;
import io.obd.registry.Descriptor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeSet;

/** The files of two images are the same ones. */
final class FileSystemRule {
    private static final String NAME = "filesystem";
    private static final int SHOWN = 10;
    private static final ByteString ROOT = ByteString.of("/");

    private FileSystemRule() {}

    /** The files of an ordinary image. */
    static SortedMap<ByteString, FileRecord> files(ParsedImage image, ImageDocuments documents) throws IOException {
        LayerTree tree = new LayerTree();
        for (Descriptor layer : documents.manifest().layers()) {
            try {
                new LayerContent(image.source(), layer).read(tree::apply);
            } catch (IOException e) {
                throw new CheckException(NAME, new IOException(image.name() + ": " + Reason.of(e), e));
            }
        }
        return tree.files();
    }

    /** The files of a nydus image; all that is in them is read. */
    static SortedMap<ByteString, FileRecord> nydusFiles(ParsedImage image, Bootstrap bootstrap, ChunkReader chunks)
            throws CheckException {
        try {
            return RafsListing.of(bootstrap, chunks);
        } catch (IOException e) {
            throw new CheckException(NAME, new IOException(image.name() + ": " + Reason.of(e), e));
        }
    }

    /** Compares what was found with what is wanted; the root only if both have it. */
    static void check(SortedMap<ByteString, FileRecord> wanted, SortedMap<ByteString, FileRecord> found)
            throws CheckException {
        TreeSet<ByteString> paths = new TreeSet<>(wanted.keySet());
        paths.addAll(found.keySet());
        List<String> differences = new ArrayList<>();
        for (ByteString path : paths) {
            FileRecord expected = wanted.get(path);
            FileRecord actual = found.get(path);
            if (expected == null || actual == null) {
                if (!path.equals(ROOT)) {
                    differences.add(path + (expected == null ? " is not in the source" : " is missing"));
                }
            } else {
                List<String> inWhat = expected.differencesTo(actual);
                if (!inWhat.isEmpty()) {
                    differences.add(path + " has " + String.join("; ", inWhat));
                }
            }
        }
        if (!differences.isEmpty()) {
            int more = differences.size() - SHOWN;
            throw new CheckException(
                    NAME,
                    String.join(", ", differences.subList(0, Math.min(SHOWN, differences.size())))
                            + (more > 0 ? ", and " + more + " more files differ" : ""));
        }
    }
}
