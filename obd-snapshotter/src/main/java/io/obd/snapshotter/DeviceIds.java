package io.obd.snapshotter;

import io.obd.snapshots.Layer;

/**
 * Names of devices: {@code <tenant>-<number of the snapshot>}.
 *
 * @param tenant tells the devices of several snapshotters apart
 */
record DeviceIds(String tenant) {
    String of(Layer layer) {
        return tenant + "-" + layer.id();
    }

    /** Whether a device was named by a snapshotter of this tenant. */
    boolean isOurs(String id) {
        return id.startsWith(tenant + "-");
    }
}
