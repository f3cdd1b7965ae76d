package io.obd.nydusd.fs;

import io.obd.fuse.FuseAttributes;
import io.obd.nydusbackend.config.Settings;
import io.obd.rafs.ImageFlags;
import io.obd.rafs.Inode;
import java.time.Instant;

/**
 * How files of an image look where the image does not say it.
 *
 * @param mounted stands for a time that was not kept
 * @param hasOwners whether the image says who files belong to
 * @param uid the owner otherwise
 * @param gid the group otherwise
 * @param hasXattrs whether extended attributes are shown
 * @param owners how owners and groups are shown
 */
public record FileRules(
        Instant mounted, boolean hasOwners, long uid, long gid, boolean hasXattrs, Settings.IdMapping owners) {
    private static final int TYPE = 0170000;
    private static final int ROOT_PERMISSIONS = 0755;

    /** Whom files belong to that the image does not name an owner of. */
    public record Owner(long uid, long gid) {}

    /** The rules of an image with these flags. */
    public static FileRules of(
            ImageFlags flags, boolean xattrs, Instant mounted, Owner owner, Settings.IdMapping owners) {
        return new FileRules(mounted, flags.hasOwners(), owner.uid(), owner.gid(), xattrs, owners);
    }

    /** What stat(2) says of a file. The root can be entered by everybody, whatever the image says. */
    FuseAttributes attributes(Inode inode, boolean isRoot) {
        boolean hasTime = inode.modified().getEpochSecond() != 0;
        Instant modified = hasTime ? inode.modified() : mounted;
        return new FuseAttributes(
                inode.size(),
                modified.getEpochSecond(),
                modified.getNano(),
                hasTime ? 0 : mounted.getEpochSecond(),
                isRoot ? (inode.mode() & TYPE) | ROOT_PERMISSIONS : inode.mode(),
                inode.links(),
                owners.of(hasOwners ? inode.uid() : uid),
                owners.of(hasOwners ? inode.gid() : gid),
                inode.device());
    }
}
