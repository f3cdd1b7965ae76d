package io.obd.nydusify;

import io.obd.commandline.Version;
import io.obd.convert.ConversionTarget;
import io.obd.convert.ConvertedLayer;
import io.obd.convert.SourceImage;
import io.obd.rafs.RafsVersion;
import io.obd.registry.Descriptor;
import io.obd.registry.ImageConfiguration;
import io.obd.registry.Manifest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/**
 * Makes the documents of a result those of a nydus image, on their way to the target.
 *
 * @param sourceName of the image that it is made of
 * @param standsBeside whether the image stands beside the ordinary one, in an index or as its referrer, so that its config
 *     has to be told from that one's
 * @param refersToSource whether the manifest names that of the source as its subject
 * @param shared layers that belong between those of the source and that with the bootstrap
 */
record NydusDocuments(
        ConversionTarget target,
        SourceImage source,
        String sourceName,
        RafsVersion version,
        boolean standsBeside,
        boolean refersToSource,
        Supplier<List<Descriptor>> shared)
        implements ConversionTarget {
    static final String CREATOR = "Nydus Converter";

    /** Of the layer with the bootstrap, in the history. */
    static final String COMMENT = "Nydus Bootstrap Layer";

    @Override
    public boolean put(ConvertedLayer layer, LongConsumer sent) throws IOException {
        return target.put(layer, sent);
    }

    @Override
    public Descriptor putConfig(String mediaType, byte[] json) throws IOException {
        ImageConfiguration built = ImageConfiguration.parse(json);
        byte[] config = built.withDiffIds(withShared(built.diffIds(), Descriptor::digest))
                .withHistory(CREATOR, COMMENT, false)
                .toJson();
        return target.putConfig(standsBeside ? NydusFormat.CONFIG_TYPE : mediaType, config);
    }

    private <T> List<T> withShared(List<T> layers, Function<Descriptor, T> form) {
        List<T> all = new ArrayList<>(layers);
        all.addAll(layers.size() - 1, shared.get().stream().map(form).toList());
        return all;
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
                withShared(manifest.layers(), layer -> layer),
                refersToSource ? Descriptor.of(from.mediaType(), from.digest(), from.size()) : null,
                annotations));
    }
}
