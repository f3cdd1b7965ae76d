package io.obd.rafs;

/**
 * What is chosen for an image as a whole when it is built.
 *
 * @param version form of the bootstrap
 * @param compressor of the image; its blobs may have others in version 6
 * @param digester of chunks, and in version 5 of files
 * @param chunkSize bytes of a chunk that is not the last of its file: a power of two from 4 KiB to 16 MiB
 * @param owners false if files belong to whoever serves the image
 */
public record ImageFormat(
        RafsVersion version, Compressor compressor, Digester digester, int chunkSize, boolean owners) {

    /** That of an image that exists. */
    public static ImageFormat of(Bootstrap image) {
        return new ImageFormat(
                image.version(),
                image.flags().compressor(),
                image.flags().digester(),
                image.chunkSize(),
                image.flags().hasOwners());
    }

    /** @throws IllegalArgumentException if chunks cannot have this size */
    public ImageFormat {
        if (!ChunkSize.isValid(chunkSize)) {
            throw new IllegalArgumentException(
                    "chunks of " + chunkSize + " bytes: a power of two from 4096 to 16777216 is needed");
        }
    }
}
