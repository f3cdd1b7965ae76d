package io.obd.convert.files;

import io.obd.convert.ConversionException;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.Index;
import io.obd.registry.MediaTypes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The names in an OCI image layout: {@code index.json} lists the images, their content is in {@code blobs/}. */
final class OciLayout {
    static final String MARK = "oci-layout";
    static final String INDEX = "index.json";
    static final String REFERENCE = "org.opencontainers.image.ref.name";

    private OciLayout() {}

    /** The content of the file that makes a directory an OCI layout. */
    static byte[] mark() {
        return "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.US_ASCII);
    }

    /** The file of a blob. */
    static String blob(Digest digest) {
        return "blobs/" + digest.algorithm() + "/" + digest.hex();
    }

    /** An index without images. */
    static Index empty() {
        return new Index(2, MediaTypes.OCI_INDEX, null, List.of(), null, Map.of());
    }

    static Index index(NamedFiles files) throws IOException {
        try {
            return Index.parse(files.read(INDEX));
        } catch (ConversionException e) {
            throw e;
        } catch (IOException | IllegalArgumentException e) {
            throw new ConversionException(files.place(INDEX) + ": " + e.getMessage(), e);
        }
    }

    /** The same index where a name stands for this document, and for no other. */
    static Index named(Index index, String name, Descriptor document) {
        List<Descriptor> entries = new ArrayList<>();
        for (Descriptor entry : index.manifests()) {
            if (!name.equals(entry.annotations().get(REFERENCE))) {
                entries.add(entry);
            }
        }
        entries.add(document.withAnnotations(Map.of(REFERENCE, name)));
        return index.withManifests(MediaTypes.OCI_INDEX, entries);
    }
}
