package io.obd.tcmu;

import io.obd.block.BlockStore;
import io.obd.image.ConfigException;
import io.obd.image.DeviceInfo;
import io.obd.image.DeviceStatus;
import io.obd.image.ImageConfig;
import io.obd.linux.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The devices that are attached, by id. Requests for one id are handled one after another, so that two attaches share
 * one open; requests for different ids do not wait for each other.
 */
final class DeviceTable {
    private static final Logger log = LoggerFactory.getLogger(DeviceTable.class);
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

    private record Device(String id, Path config, DiskImage image, AttachedDevice attached) {
        DeviceInfo info(DeviceFrontend frontend) {
            return new DeviceInfo(
                    id,
                    attached.path().map(Path::toString).orElse(""),
                    config.toString(),
                    frontend.kind().word(),
                    image.store().size(),
                    image.writable());
        }

        DeviceStatus status() {
            return new DeviceStatus(
                    id,
                    attached.path().map(Path::toString).orElse(""),
                    config.toString(),
                    image.facts().repository(),
                    image.facts().layers(),
                    image.store().size(),
                    image.traffic().needed(),
                    image.traffic().fetched(),
                    image.facts().total(),
                    image.traffic().hitRate(),
                    image.traffic().errors(),
                    image.traffic().lastError(),
                    image.toLocal().get());
        }
    }

    /** Makes an open image a device. */
    interface Attaching {
        AttachedDevice attach(DiskImage image) throws IOException;
    }

    private final ImageSource images;
    private final DeviceFrontend frontend;
    private final KeyedLocks locks = new KeyedLocks();
    private final Map<String, Device> devices = new ConcurrentHashMap<>();

    DeviceTable(ImageSource images, DeviceFrontend frontend) {
        this.images = images;
        this.frontend = frontend;
    }

    /** Attaches the image of a device specification, unless that has been done already. */
    DeviceInfo attach(String id, Path config) throws ApiException {
        if (!ID.matcher(id).matches()) {
            throw ApiException.badRequest(
                    "id: letters, digits, dots, dashes and underscores are expected, found " + id);
        }
        if (!config.isAbsolute()) {
            throw ApiException.badRequest("config: an absolute path is expected, found " + config);
        }
        locks.lock(id);
        try {
            Device device = devices.get(id);
            if (device == null) {
                return open(id, config, image -> frontend.attach(id, config, image));
            }
            if (!device.config().equals(config)) {
                throw ApiException.conflict(
                        "other-config",
                        "device " + id + " is attached",
                        "with " + device.config() + ", not " + config,
                        "detach it first");
            }
            device.attached().expose();
            return device.info(frontend);
        } catch (IOException e) {
            throw ApiException.failed("attach-failed", "cannot attach " + id, e);
        } finally {
            locks.unlock(id);
        }
    }

    /**
     * Takes in a device that exists already: another program has made it, or an earlier run of the daemon.
     *
     * @throws ApiException if its image cannot be opened, or there is a device of that id
     */
    void adopt(String id, Path config, Attaching attaching) throws ApiException {
        locks.lock(id);
        try {
            if (devices.containsKey(id)) {
                throw ApiException.conflict("exists", "device " + id + " is attached", "", "");
            }
            open(id, config, attaching);
        } finally {
            locks.unlock(id);
        }
    }

    /** Closes the image of a device that has gone without being asked for. */
    void drop(String id, AttachedDevice attached) {
        locks.lock(id);
        try {
            Device device = devices.get(id);
            if (device != null && device.attached().equals(attached)) {
                devices.remove(id);
                close(id, device);
                log.info("{} is gone", id);
            }
        } finally {
            locks.unlock(id);
        }
    }

    private DeviceInfo open(String id, Path config, Attaching attaching) throws ApiException {
        long start = System.nanoTime();
        ResultFile result = ResultFile.beside(config);
        try {
            if (Files.exists(config) && !Files.isRegularFile(config)) {
                throw new IOException(config + ": is no regular file");
            }
            ImageConfig image = ImageConfig.read(config);
            if (!image.resultFile().isEmpty()) {
                result = ResultFile.at(config.resolveSibling(image.resultFile()));
            }
            Device device = attach(id, config, image, attaching);
            devices.put(id, device);
            result.success();
            DeviceInfo info = device.info(frontend);
            log.info(
                    "attached {} as {} in {} ms: {} bytes, {} layers, {}",
                    id,
                    info.device().isEmpty() ? "a device without a disk yet" : info.device(),
                    (System.nanoTime() - start) / 1_000_000,
                    info.size(),
                    image.lowers().size(),
                    info.writable() ? "writable" : "read-only");
            return info;
        } catch (IOException | RuntimeException e) {
            String reason = Reason.withCauses(e);
            log.error("attach of {} failed: {}", id, reason, e instanceof RuntimeException ? e : null);
            result.failed(reason);
            throw ApiException.failed(
                    e instanceof ConfigException ? "bad-config" : "open-failed", "cannot attach " + id, e);
        }
    }

    private Device attach(String id, Path config, ImageConfig imageConfig, Attaching attaching) throws IOException {
        DiskImage image = images.open(imageConfig);
        try {
            return new Device(id, config, image, attaching.attach(image));
        } catch (IOException | RuntimeException e) {
            try (BlockStore _ = image.store()) {
                throw e;
            }
        }
    }

    /** The device of that id. */
    DeviceInfo get(String id) throws ApiException {
        Device device = devices.get(id);
        if (device == null) {
            throw unknown(id);
        }
        return device.info(frontend);
    }

    private static ApiException unknown(String id) {
        return ApiException.notFound("there is no device " + id);
    }

    /** How many devices there are. */
    int size() {
        return devices.size();
    }

    /** All devices, by id. */
    List<DeviceInfo> list() {
        return devices.values().stream()
                .map(device -> device.info(frontend))
                .sorted(Comparator.comparing(DeviceInfo::id))
                .toList();
    }

    /** What all devices have done, by id. */
    List<DeviceStatus> status() {
        return devices.values().stream()
                .map(Device::status)
                .sorted(Comparator.comparing(DeviceStatus::id))
                .toList();
    }

    /** Something that may be so or not. */
    interface Condition {
        boolean holds() throws IOException;
    }

    /** Detaches a device that nobody uses and closes its image. */
    void detach(String id) throws ApiException {
        detachIf(id, () -> true);
    }

    /** Detaches a device if that is still right when no other request for it is under way. */
    void detachIf(String id, Condition condition) throws ApiException {
        locks.lock(id);
        try {
            if (!condition.holds()) {
                return;
            }
            Device device = devices.get(id);
            if (device == null) {
                if (!frontend.removeLeftover(id)) {
                    throw unknown(id);
                }
                log.info("detached {}, left behind by an earlier run", id);
                return;
            }
            String node = device.info(frontend).device();
            device.attached().detach();
            devices.remove(id);
            close(id, device);
            log.info("detached {} from {}", id, node);
        } catch (DeviceInUseException e) {
            throw ApiException.conflict(
                    "in-use", "device " + id + " is in use", Reason.withCauses(e), "unmount it, then detach again");
        } catch (IOException e) {
            log.error("detach of {} failed: {}", id, Reason.withCauses(e));
            throw ApiException.failed("detach-failed", "cannot detach " + id, e);
        } finally {
            locks.unlock(id);
        }
    }

    /** The device has gone: what is wrong with its image then keeps nobody from forgetting it. */
    private static void close(String id, Device device) {
        try {
            device.image().store().close();
        } catch (IOException e) {
            log.error("closing the image of {}: {}", id, Reason.withCauses(e));
        }
    }

    /**
     * Takes a snapshot of a device that is in use.
     *
     * @param devId the device's name in the live snapshot API, or its id
     * @param next the specification of its image after the snapshot, which takes the place of the present one
     */
    void snapshot(String devId, Path next) throws ApiException {
        if (!next.isAbsolute()) {
            throw ApiException.badRequest("config: an absolute path is expected, found " + next);
        }
        String id = devices.values().stream()
                .filter(device -> device.attached().devId().equals(devId))
                .map(Device::id)
                .findFirst()
                .orElse(devId);
        locks.lock(id);
        try {
            Device device = devices.get(id);
            if (device == null) {
                throw ApiException.notFound(
                        "Image file not found: " + unknown(id).getMessage());
            }
            long start = System.nanoTime();
            device.image().snapshots().take(device.config(), next);
            log.info("took a snapshot of {} in {} ms", id, (System.nanoTime() - start) / 1_000_000);
        } catch (IOException e) {
            log.error("snapshot of {} failed: {}", id, Reason.withCauses(e));
            throw ApiException.failed("snapshot-failed", "cannot take a snapshot of " + id, e);
        } finally {
            locks.unlock(id);
        }
    }

    /** Makes safe what was written to the devices. */
    void flush() {
        for (Device device : devices.values()) {
            try {
                device.attached().flush();
            } catch (IOException e) {
                log.error("what was written to {} last may be lost: {}", device.id(), Reason.withCauses(e));
            }
        }
    }

    /** Closes the images of devices that are not served any more. */
    void closeImages() {
        for (Device device : devices.values()) {
            try {
                device.image().store().close();
            } catch (IOException e) {
                log.error("{}: closing its image: {}", device.id(), Reason.withCauses(e));
            }
        }
    }
}
