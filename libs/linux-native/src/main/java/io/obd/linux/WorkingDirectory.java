package io.obd.linux;

import java.nio.file.Path;

/**
 * Where relative paths begin that the kernel is given. The JDK remembers the directory that the process began in: its own
 * files do not follow.
 */
public final class WorkingDirectory {
    private WorkingDirectory() {}

    /** Goes to a directory, for the whole process. */
    public static void change(Path directory) throws ErrnoException {
        if (LibC.processes().chdir(PathBytes.of(directory)) < 0) {
            throw LibC.failure("chdir", directory);
        }
    }
}
