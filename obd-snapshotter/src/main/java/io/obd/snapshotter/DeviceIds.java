package io.obd.snapshotter;

import io.obd.linux.Backstore;
import io.obd.snapshots.Layer;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names of devices: {@code <tenant>-<number of the snapshot>} for the backend, {@code user_<tenant>/dev_<number>} in the
 * kernel.
 *
 * @param tenant tells the devices of several snapshotters apart
 */
record DeviceIds(long tenant) {
    private static final Pattern ID = Pattern.compile("(\\d{1,18})-(\\d{1,18})");
    private static final Pattern NAME = Pattern.compile("dev_(\\d{1,18})");

    String of(Layer layer) {
        return tenant + "-" + layer.id();
    }

    Backstore backstore(Layer layer) {
        return new Backstore(tenant, "dev_" + layer.id());
    }

    /** The snapshot that a device was named after by a snapshotter of this tenant. */
    Optional<Long> snapshot(String id) {
        Matcher parts = ID.matcher(id);
        return parts.matches() && Long.parseLong(parts.group(1)) == tenant
                ? Optional.of(Long.parseLong(parts.group(2)))
                : Optional.empty();
    }

    /** The snapshot that a device of this tenant was named after. */
    Optional<Long> snapshot(Backstore backstore) {
        Matcher name = NAME.matcher(backstore.name());
        return name.matches() ? Optional.of(Long.parseLong(name.group(1))) : Optional.empty();
    }
}
