package io.obd.image;

/**
 * What a device that the backend serves has done since it was attached.
 *
 * @param id name its creator gave it
 * @param device path of the block device
 * @param config absolute path of its {@code config.v1.json}
 * @param image URL of the repository that its remote layers are in, empty if it has none
 * @param layers read-only layers
 * @param size bytes of the disk
 * @param needed bytes of layers that were read, as they are stored
 * @param fetched bytes that came from registries for it, ahead of reads or for them, and for layers to be kept
 * @param total bytes of its layers, as they are stored
 * @param hitRate share of the reads of remote layers that the cache answered, 0 to 1
 * @param errors fetches that failed, whether or not they succeeded later
 * @param lastError why the last of them failed
 * @param toLocal when all layers are on this host
 */
public record DeviceStatus(
        String id,
        String device,
        String config,
        String image,
        int layers,
        long size,
        Needed needed,
        Fetched fetched,
        Total total,
        double hitRate,
        long errors,
        String lastError,
        ToLocal toLocal) {

    /** Bytes by where they came from when they were needed. */
    public record Needed(long local, long cache, long registry) {}

    /** Bytes by what they were fetched for. */
    public record Fetched(long reads, long download) {}

    /** Bytes of layers that are on this host, and of those that are not. */
    public record Total(long local, long remote) {}

    /**
     * How far the background download is.
     *
     * @param state {@code local}: all is on this host; {@code remote}: there is no download; {@code waiting}: it has not
     *     begun; {@code downloading}; {@code failed}: it gave up, and is tried again when the device is attached again
     * @param seconds until it is done at the present rate, -1 if that is not known
     */
    public record ToLocal(String state, long seconds) {
        /** All layers are on this host. */
        public static final ToLocal LOCAL = new ToLocal("local", 0);

        /** There is no download. */
        public static final ToLocal REMOTE = new ToLocal("remote", -1);
    }
}
