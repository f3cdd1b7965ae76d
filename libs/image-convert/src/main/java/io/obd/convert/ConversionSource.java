package io.obd.convert;

import io.obd.registry.Descriptor;
import java.io.IOException;
import java.io.InputStream;

/** Where an image to convert is: a repository of a registry, or a store on this host. */
public interface ConversionSource {

    /**
     * What a name stands for.
     *
     * @param reference a tag or digest, or whatever else names images there
     */
    Descriptor resolve(String reference) throws IOException;

    /** A manifest, index or configuration. */
    byte[] document(Descriptor document) throws IOException;

    /** The bytes of a blob. The stream fails at their end if they do not have the digest, unless the source vouches for it. */
    InputStream open(Descriptor blob) throws IOException;
}
