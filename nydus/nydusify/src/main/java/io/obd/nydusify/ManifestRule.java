package io.obd.nydusify;

import com.fasterxml.jackson.databind.JsonNode;
import io.obd.registry.Descriptor;
import io.obd.registry.MediaTypes;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/**
 * The documents say what they have to, and those of source and target describe the same container.
 *
 * @param bothWanted whether the target has to be an index with an ordinary and a nydus image
 */
record ManifestRule(ParsedImage source, ParsedImage target, boolean bothWanted) {
    private static final String NAME = "manifest";
    private static final Set<String> BOOTSTRAP_TYPES =
            Set.of(MediaTypes.OCI_LAYER_GZIP, MediaTypes.DOCKER_LAYER_GZIP, MediaTypes.OCI_LAYER);

    void check() throws IOException {
        if (bothWanted && (target.oci() == null || target.nydus() == null)) {
            throw broken(target.name() + " is no index with an ordinary image and a nydus image for the platform");
        }
        if (source.nydus() == null && target.nydus() == null) {
            throw broken(target.name() + " is no nydus image");
        }
        for (ParsedImage image : List.of(source, target)) {
            if (image.oci() != null) {
                checkLayerCount(image.name(), image.oci());
            }
            if (image.nydus() != null) {
                checkNydus(image.name(), image.nydus());
            }
        }
        ImageDocuments from = source.oci() == null ? source.nydus() : source.oci();
        for (ImageDocuments to : new ImageDocuments[] {target.oci(), target.nydus()}) {
            if (from != null && to != null) {
                checkSameContainer(from, to);
            }
        }
    }

    private static void checkLayerCount(String name, ImageDocuments image) throws IOException {
        int layers = image.manifest().layers().size();
        int diffIds = image.config().diffIds().size();
        if (layers != diffIds) {
            throw broken(name + ": " + image.descriptor().digest() + " has " + layers + " layers, its config " + diffIds
                    + " diff ids");
        }
    }

    private static void checkNydus(String name, ImageDocuments image) throws IOException {
        checkLayerCount(name, image);
        List<Descriptor> layers = image.manifest().layers();
        Descriptor last = layers.getLast();
        if (!NydusFormat.TRUE.equals(last.annotations().get(NydusFormat.BOOTSTRAP))
                || !BOOTSTRAP_TYPES.contains(last.mediaType())) {
            throw broken(name + ": the last layer, " + last.digest() + ", is none with a bootstrap: " + last.mediaType()
                    + " " + last.annotations());
        }
        for (Descriptor layer : layers.subList(0, layers.size() - 1)) {
            if (!layer.mediaType().equals(NydusFormat.BLOB_TYPE)
                    || !NydusFormat.TRUE.equals(layer.annotations().get(NydusFormat.BLOB))) {
                throw broken(name + ": layer " + layer.digest() + " is no nydus blob: " + layer.mediaType() + " "
                        + layer.annotations());
            }
        }
    }

    private static void checkSameContainer(ImageDocuments from, ImageDocuments to) throws CheckException {
        if (!from.config().platform().runs(to.config().platform())) {
            throw broken("the source is for " + from.config().platform() + ", "
                    + to.descriptor().digest() + " for " + to.config().platform());
        }
        JsonNode wanted = from.config().tree().path("config");
        JsonNode found = to.config().tree().path("config");
        if (!wanted.equals(found)) {
            throw broken("the config of " + to.descriptor().digest() + " describes another container: " + found
                    + ", that of the source " + wanted);
        }
    }

    private static CheckException broken(String problem) {
        return new CheckException(NAME, problem);
    }
}
