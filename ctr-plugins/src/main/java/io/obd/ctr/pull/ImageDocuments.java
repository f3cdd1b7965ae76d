package io.obd.ctr.pull;

import io.obd.ctr.client.CtrException;
import io.obd.ctr.client.GcLabels;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.ImageConfiguration;
import io.obd.registry.Index;
import io.obd.registry.Manifest;
import io.obd.registry.MediaTypes;
import io.obd.registry.Platform;
import java.io.IOException;
import java.util.List;

/**
 * The documents of one image, in the content store.
 *
 * @param manifest digest of its manifest
 * @param config its configuration
 * @param layers its layers, bottom to top
 */
record ImageDocuments(Digest manifest, Descriptor config, List<Layer> layers) {

    /**
     * Follows a name's target down to the layers.
     *
     * @param target an index or a manifest
     * @param platform what to choose from an index
     */
    static ImageDocuments fetch(Descriptor target, Platform platform, BlobFetcher fetcher)
            throws IOException, InterruptedException {
        Descriptor chosen = MediaTypes.isIndex(target.mediaType()) ? choose(target, platform, fetcher) : target;
        Manifest manifest = manifest(chosen, fetcher);
        String configType = manifest.config().mediaType();
        if (!configType.equals(MediaTypes.OCI_CONFIG) && !configType.equals(MediaTypes.DOCKER_CONFIG)) {
            throw new CtrException(target.digest() + " is not a container image: its configuration is of type "
                    + (configType.isEmpty() ? "(none)" : configType));
        }
        byte[] document = fetcher.document("config", manifest.config(), BlobFetcher.Labels.NONE);
        List<Digest> diffIds = ImageConfiguration.parse(document).diffIds();
        if (diffIds.size() != manifest.layers().size()) {
            throw new CtrException("the image is inconsistent: its manifest has "
                    + manifest.layers().size() + " layers, its configuration " + diffIds.size());
        }
        return new ImageDocuments(chosen.digest(), manifest.config(), Layer.stack(manifest.layers(), diffIds));
    }

    private static Descriptor choose(Descriptor target, Platform platform, BlobFetcher fetcher)
            throws IOException, InterruptedException {
        Index index = Index.parse(fetcher.document("index", target, json -> GcLabels.of(Index.parse(json))));
        return index.choose(platform)
                .orElseThrow(() ->
                        new CtrException("the image is not there for " + platform + ", only for " + platforms(index)));
    }

    private static Manifest manifest(Descriptor target, BlobFetcher fetcher) throws IOException, InterruptedException {
        if (!MediaTypes.isManifest(target.mediaType())) {
            throw new CtrException(target.digest() + " is not a container image: it is of type " + target.mediaType());
        }
        return Manifest.parse(fetcher.document("manifest", target, json -> GcLabels.of(Manifest.parse(json))));
    }

    private static String platforms(Index index) {
        return String.join(
                ", ",
                index.manifests().stream()
                        .filter(entry -> entry.platform() != null && !Index.isAttestation(entry))
                        .map(entry -> String.valueOf(entry.platform()))
                        .toList());
    }
}
