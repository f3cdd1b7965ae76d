package io.obd.nydussnapshotter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What a process has used so far, by {@code /proc/<pid>}.
 *
 * @param userSeconds processor time of the program
 * @param systemSeconds processor time of the kernel for it
 * @param residentKilobytes memory that it has now
 * @param threads that it has now
 */
record ProcessUsage(double userSeconds, double systemSeconds, double residentKilobytes, int threads) {
    /** The unit of times in {@code stat}: a constant of the interface, whatever the kernel's own clock is. */
    private static final double TICKS_A_SECOND = 100;

    /** Fields of {@code stat} behind the name, which may hold spaces. */
    private static final int USER = 11;

    private static final int SYSTEM = 12;
    private static final int THREADS = 17;

    static ProcessUsage of(long pid) throws IOException {
        Path process = Path.of("/proc", Long.toString(pid));
        String stat = Files.readString(process.resolve("stat"));
        List<String> fields =
                List.of(stat.substring(stat.lastIndexOf(')') + 2).strip().split(" "));
        return new ProcessUsage(
                Long.parseLong(fields.get(USER)) / TICKS_A_SECOND,
                Long.parseLong(fields.get(SYSTEM)) / TICKS_A_SECOND,
                resident(process),
                Integer.parseInt(fields.get(THREADS)));
    }

    private static double resident(Path process) throws IOException {
        for (String line : Files.readAllLines(process.resolve("status"))) {
            if (line.startsWith("VmRSS:")) {
                return Double.parseDouble(line.replaceAll("[^0-9]", ""));
            }
        }
        return 0;
    }

    /** Processor time, all of it. */
    double seconds() {
        return userSeconds + systemSeconds;
    }
}
