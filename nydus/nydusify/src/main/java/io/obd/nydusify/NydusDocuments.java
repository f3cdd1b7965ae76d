package io.obd.nydusify;

import io.obd.convert.ConversionTarget;
import io.obd.convert.ConvertedLayer;
import io.obd.convert.SourceImage;
import io.obd.rafs.RafsVersion;
import io.obd.registry.Descriptor;
import io.obd.registry.ImageConfiguration;
import io.obd.registry.Manifest;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/**
 * Makes the documents of a result those of a nydus image, on their way to the target.
 *
 * @param sourceName of the image that it is made of
 * @param standsBeside whether the image stands beside the ordinary one, in an index or as its referrer, so that its config
 *     has to be told from that one's
 * @param refersToSource whether the manifest names that of the source as its subject
 */
record NydusDocuments(
        ConversionTarget target,
        SourceImage source,
        String sourceName,
        RafsVersion version,
        boolean standsBeside,
        boolean refersToSource)
        implements ConversionTarget {
    static final String CREATOR = "Nydus Converter";

    @Override
    public boolean put(ConvertedLayer layer, LongConsumer sent) throws IOException {
        return target.put(layer, sent);
    }

    @Override
    public Descriptor putConfig(String mediaType, byte[] json) throws IOException {
        byte[] config = ImageConfiguration.parse(json)
                .withHistory(CREATOR, "Nydus Bootstrap Layer", false)
                .toJson();
        return target.putConfig(standsBeside ? NydusFormat.CONFIG_TYPE : mediaType, config);
    }

    @Override
    public Descriptor putManifest(Manifest manifest) throws IOException {
        Descriptor from = source.descriptor();
        Map<String, String> annotations = new TreeMap<>(manifest.annotations());
        annotations.put(NydusFormat.BUILDER_VERSION, Version.TEXT);
        annotations.put(NydusFormat.FS_VERSION, Integer.toString(version.number()));
        annotations.put(NydusFormat.SOURCE_DIGEST, from.digest().toString());
        annotations.put(NydusFormat.SOURCE_REFERENCE, sourceName);
        return target.putManifest(new Manifest(
                manifest.schemaVersion(),
                manifest.mediaType(),
                null,
                manifest.config(),
                manifest.layers(),
                refersToSource ? Descriptor.of(from.mediaType(), from.digest(), from.size()) : null,
                annotations));
    }
}
