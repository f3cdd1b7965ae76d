package io.obd.ctr.convert;

import io.obd.convert.ConversionSource;
import io.obd.ctr.client.ContentStore;
import io.obd.ctr.client.CtrException;
import io.obd.ctr.client.Images;
import io.obd.registry.Descriptor;
import io.obd.registry.Repository;
import java.io.IOException;
import java.io.InputStream;

/**
 * The images that containerd has, with their content. A layer that was pulled lazily is not there.
 *
 * @param images names
 * @param content what they stand for
 */
public record StoredImages(Images images, ContentStore content) implements ConversionSource {
    @Override
    public Descriptor resolve(String reference) throws IOException {
        return images.get(reference);
    }

    @Override
    public byte[] document(Descriptor document) throws IOException {
        if (document.size() > Repository.MAX_DOCUMENT) {
            throw new CtrException(document.digest() + " has " + document.size() + " bytes, more than the "
                    + Repository.MAX_DOCUMENT + " that are supported for a document");
        }
        return content.read(document.digest().toString(), document.size());
    }

    @Override
    public InputStream open(Descriptor blob) {
        return content.open(blob.digest().toString());
    }
}
