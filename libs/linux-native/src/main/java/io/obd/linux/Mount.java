package io.obd.linux;

import java.nio.file.Path;
import java.util.List;

/**
 * One line of the mount table.
 *
 * @param id number of the mount, unique while it exists
 * @param parentId number of the mount it is mounted on
 * @param device {@code major:minor} of the file system, as sysfs writes it
 * @param root what of the file system is visible here: {@code /}, or a directory for a bind mount
 * @param target where it is mounted
 * @param options options of this mount: {@code rw}, {@code noatime}, …
 * @param type type of the file system: {@code ext4}, {@code fuse}, …
 * @param source device or name it was mounted from
 * @param superOptions options of the file system itself
 */
public record Mount(
        int id,
        int parentId,
        String device,
        String root,
        Path target,
        List<String> options,
        String type,
        String source,
        List<String> superOptions) {}
