package io.obd.nydusify;

import io.obd.convert.ConversionException;
import io.obd.convert.ConversionTarget;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.ImageFormat;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** An image whose chunks the layers of other images use. */
final class Dictionary {
    private final Bootstrap image;
    private final Blobs blobs;
    private final Set<String> ids;

    /** Has the image's blobs. */
    interface Blobs {
        /** Brings a blob to where an image goes, if it is not there. */
        Descriptor bring(Digest blob, ConversionTarget target) throws IOException;
    }

    private Dictionary(Bootstrap image, Blobs blobs) {
        this.image = image;
        this.blobs = blobs;
        this.ids = image.blobs().stream().map(BlobInfo::id).collect(Collectors.toUnmodifiableSet());
    }

    /**
     * @param name of the dictionary, in error texts
     * @param format of the layers that will use it
     * @throws ConversionException if layers of that format cannot use it
     */
    static Dictionary of(String name, Bootstrap image, ImageFormat format, Blobs blobs) throws ConversionException {
        check(name, "version", image.version().number(), format.version().number(), "--fs-version");
        check(name, "chunk size", image.chunkSize(), format.chunkSize(), "--fs-chunk-size");
        check(
                name,
                "digester",
                image.flags().digester(),
                format.digester(),
                "a dictionary with this one (blobs that refer to layers have SHA-256: nydus-image create --digester"
                        + " sha256)");
        if (image.blobs().stream().anyMatch(blob -> blob.features().isSeparate())) {
            throw new ConversionException(
                    name + ": a dictionary that refers to layers cannot be used; use one made without --oci-ref");
        }
        return new Dictionary(image, blobs);
    }

    private static void check(String name, String what, Object found, Object wanted, String remedy)
            throws ConversionException {
        if (!found.equals(wanted)) {
            throw new ConversionException(name + ": the dictionary has " + what + " " + found
                    + ", the image is to have " + wanted + ": use " + remedy);
        }
    }

    Bootstrap image() {
        return image;
    }

    /** Whether a blob is one of the dictionary's. */
    boolean has(String blob) {
        return ids.contains(blob);
    }

    /** Brings those of the blobs to where an image goes that are the dictionary's. */
    List<Descriptor> bring(List<BlobInfo> used, ConversionTarget target) throws IOException {
        List<Descriptor> brought = new ArrayList<>();
        for (BlobInfo blob : used) {
            if (has(blob.id())) {
                brought.add(blobs.bring(digest(blob.id()), target));
            }
        }
        return brought;
    }

    private static Digest digest(String id) throws ConversionException {
        try {
            return new Digest("sha256", id);
        } catch (IllegalArgumentException e) {
            throw new ConversionException(
                    "blob \"" + id + "\" of the dictionary cannot be in a registry: its name is no SHA-256", e);
        }
    }
}
