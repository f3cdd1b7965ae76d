package io.obd.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/**
 * Limits on the space that directory trees take: project quotas, as ext4 and XFS have them when they are mounted with
 * {@code prjquota}. Every file below a directory of a project belongs to it.
 */
public interface ProjectQuota {
    /** The project of a directory; 0 if it has none. */
    long projectOf(Path directory) throws ErrnoException;

    /** Makes a directory, and what will be made in it, part of a project. */
    void assign(Path directory, long project) throws ErrnoException;

    /**
     * Limits the space of a project.
     *
     * @param device block device of the file system
     * @param bytes rounded down to KiB; 0 for no limit
     */
    void limit(Path device, long project, long bytes) throws ErrnoException;

    /** That of the kernel. */
    static ProjectQuota ofKernel() {
        return new Kernel();
    }

    /**
     * By ioctl on directories and quotactl(2).
     *
     * <pre>
     * struct fsxattr (28 bytes):    u32 xflags, extsize, nextents, projid, cowextsize, 8 bytes unused
     * struct if_dqblk (72 bytes):   u64 bhardlimit (KiB), bsoftlimit, curspace, ihardlimit, …, u32 valid at 64
     * </pre>
     */
    final class Kernel implements ProjectQuota {
        private static final long FS_IOC_FSGETXATTR = 0x801c581fL;
        private static final long FS_IOC_FSSETXATTR = 0x401c5820L;
        private static final int FSXATTR_LENGTH = 28;
        private static final int XFLAGS = 0;
        private static final int PROJECT = 12;
        private static final int INHERIT = 0x200;

        private static final int PROJECT_QUOTAS = 2;
        private static final int SET_LIMITS = 0x800008 << 8 | PROJECT_QUOTAS;
        private static final int DQBLK_LENGTH = 72;
        private static final int HARD_LIMIT = 0;
        private static final int VALID = 64;
        private static final int SPACE_LIMITS_VALID = 1;
        private static final int KIB = 1024;

        private Kernel() {}

        @Override
        public long projectOf(Path directory) throws ErrnoException {
            try (RawFile file = RawFile.open(directory, RawFile.READ_ONLY)) {
                return Integer.toUnsignedLong(attributes(file).getInt(PROJECT));
            }
        }

        @Override
        public void assign(Path directory, long project) throws ErrnoException {
            try (RawFile file = RawFile.open(directory, RawFile.READ_ONLY)) {
                ByteBuffer attributes = attributes(file);
                attributes.putInt(XFLAGS, attributes.getInt(XFLAGS) | INHERIT).putInt(PROJECT, (int) project);
                file.ioctl("set the project of", FS_IOC_FSSETXATTR, attributes);
            }
        }

        private static ByteBuffer attributes(RawFile file) throws ErrnoException {
            ByteBuffer attributes = ByteBuffer.allocateDirect(FSXATTR_LENGTH).order(ByteOrder.nativeOrder());
            file.ioctl("look at the project of", FS_IOC_FSGETXATTR, attributes);
            return attributes;
        }

        @Override
        public void limit(Path device, long project, long bytes) throws ErrnoException {
            ByteBuffer limits = ByteBuffer.allocateDirect(DQBLK_LENGTH).order(ByteOrder.nativeOrder());
            limits.putLong(HARD_LIMIT, bytes / KIB).putInt(VALID, SPACE_LIMITS_VALID);
            if (LibC.files().quotactl(SET_LIMITS, device.toString(), (int) project, limits) < 0) {
                throw LibC.failure("limit project " + project + " to " + bytes + " bytes on", device);
            }
        }
    }
}
