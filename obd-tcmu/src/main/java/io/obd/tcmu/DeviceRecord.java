package io.obd.tcmu;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.obd.holder.Held;
import io.obd.linux.LoopDevice;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * What the next run of the daemon has to know of a device of the FUSE mount, as the holder keeps it.
 *
 * @param config its device specification
 * @param file number by which the kernel knows the file behind it
 * @param loop the N of /dev/loopN
 * @param backingFile path of that file
 * @param size in bytes
 */
record DeviceRecord(
        String id,
        String config,
        long file,
        int loop,
        String backingFile,
        boolean directIo,
        long size,
        boolean writable) {
    private static final String PREFIX = "device/";
    private static final ObjectMapper JSON = new ObjectMapper();

    static DeviceRecord of(String id, Path config, long file, LoopDevice loop, DiskImage image) {
        return new DeviceRecord(
                id,
                config.toString(),
                file,
                loop.number(),
                loop.backingFile(),
                loop.directIo(),
                image.store().size(),
                image.writable());
    }

    /** The device that is kept under a key, or nothing if something else is. */
    static List<DeviceRecord> in(Held held) throws IOException {
        return held.key().startsWith(PREFIX) ? List.of(JSON.readValue(held.value(), DeviceRecord.class)) : List.of();
    }

    static String key(String id) {
        return PREFIX + id;
    }

    Held toHeld() throws IOException {
        return new Held(key(id), JSON.writeValueAsBytes(this), List.of());
    }

    @JsonIgnore
    LoopDevice loopDevice() {
        return new LoopDevice(loop, backingFile, !writable, directIo);
    }
}
