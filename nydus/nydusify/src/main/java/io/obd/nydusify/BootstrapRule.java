package io.obd.nydusify;

import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The bootstrap is one, keeps the rules of its format, and needs no blob that the manifest does not list.
 *
 * @param file where the bootstrap goes
 */
record BootstrapRule(ParsedImage image, ImageDocuments documents, Path file) {
    private static final String NAME = "bootstrap";

    Bootstrap check() throws IOException {
        try {
            return load();
        } catch (CheckException e) {
            throw e;
        } catch (IOException e) {
            throw new CheckException(NAME, e);
        }
    }

    private Bootstrap load() throws IOException {
        Descriptor layer = documents.manifest().layers().getLast();
        Path parent = file.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        BootstrapLayer.extract(
                image.source(), layer, documents.config().diffIds().getLast(), file);
        Bootstrap bootstrap = Bootstrap.load(file);
        String version = layer.annotations().getOrDefault(NydusFormat.FS_VERSION, "5");
        if (!version.equals(Integer.toString(bootstrap.version().number()))) {
            throw new CheckException(
                    NAME,
                    image.name() + ": the bootstrap is of RAFS version "
                            + bootstrap.version().number() + ", the manifest says " + version);
        }
        Set<String> listed = listed(documents.manifest().layers());
        for (BlobInfo blob : bootstrap.blobs()) {
            if (!listed.contains(blob.id())) {
                throw new CheckException(
                        NAME,
                        image.name() + ": the bootstrap needs blob " + blob.id()
                                + ", which is no layer of the manifest");
            }
        }
        return bootstrap;
    }

    /** The blobs that an image may use: its layers, and what they refer to. */
    private static Set<String> listed(List<Descriptor> layers) throws IOException {
        Set<String> listed = new HashSet<>();
        for (Descriptor layer : layers.subList(0, layers.size() - 1)) {
            listed.add(layer.digest().hex());
            String reference = layer.annotations().get(NydusFormat.REFERENCE);
            if (reference != null) {
                listed.add(digest(reference).hex());
            }
        }
        return listed;
    }

    private static Digest digest(String text) throws CheckException {
        try {
            return Digest.parse(text);
        } catch (IllegalArgumentException e) {
            throw new CheckException(NAME, NydusFormat.REFERENCE + ": " + e.getMessage());
        }
    }
}
