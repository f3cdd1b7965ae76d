package io.obd.snapshotter;

import io.obd.linux.Mount;
import io.obd.linux.MountTable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Who uses what is mounted at a place.
 *
 * @param mounts how many mounts lie there, one on the other
 * @param targets overlays that have the place as a layer, and other places where the same file system is mounted
 */
record MountUsers(int mounts, List<Path> targets) {
    static MountUsers of(Path mountpoint, MountTable table) {
        int mounts = 0;
        List<Path> targets = new ArrayList<>();
        String device = table.at(mountpoint).map(Mount::device).orElse("");
        for (Mount mount : table.mounts()) {
            if (mount.target().equals(mountpoint)) {
                mounts++;
            } else if (mount.device().equals(device) || isLayerOf(mountpoint, mount)) {
                targets.add(mount.target());
            }
        }
        return new MountUsers(mounts, List.copyOf(targets));
    }

    private static boolean isLayerOf(Path place, Mount mount) {
        return mount.type().equals("overlay")
                && mount.superOptions().stream()
                        .filter(option -> option.startsWith("lowerdir"))
                        .flatMap(option -> List.of(
                                option.substring(option.indexOf('=') + 1).split(":"))
                                .stream())
                        .anyMatch(place.toString()::equals);
    }
}
