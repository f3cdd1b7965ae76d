package io.obd.e2e;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the kernel says of a running process. */
record ProcessProbe(Path directory) {
    /** {@code pid (name) state}, then 10 numbers, then the ticks in user and kernel mode. */
    private static final Pattern STAT =
            Pattern.compile("^\\d+ \\((.*)\\) \\S(?: -?\\d+){10} (\\d+) (\\d+) .*", Pattern.DOTALL);

    private static final long TICK_MILLIS = 10;

    static ProcessProbe of(ProcessHandle process) {
        return new ProcessProbe(Path.of("/proc", Long.toString(process.pid())));
    }

    /** Resident memory now, in bytes; 0 if the process has ended. */
    long residentBytes() throws IOException {
        return statusBytes("VmRSS");
    }

    /** The most resident memory it ever had, in bytes; 0 if the process has ended. */
    long peakResidentBytes() throws IOException {
        return statusBytes("VmHWM");
    }

    /** Milliseconds of processor time by thread: its id and, after a blank, its name. */
    Map<String, Long> threadMillis() throws IOException {
        Map<String, Long> times = new HashMap<>();
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(directory.resolve("task"))) {
            for (Path thread : threads) {
                Matcher stat = STAT.matcher(read(thread.resolve("stat")));
                if (stat.matches()) {
                    long ticks = Long.parseLong(stat.group(2)) + Long.parseLong(stat.group(3));
                    times.put(thread.getFileName() + " " + stat.group(1), ticks * TICK_MILLIS);
                }
            }
        } catch (NoSuchFileException e) {
            return Map.of();
        }
        return times;
    }

    private long statusBytes(String key) throws IOException {
        return read(directory.resolve("status"))
                .lines()
                .filter(line -> line.startsWith(key + ":"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .findAny()
                .orElse(0);
    }

    /** A file of the kernel's, empty when what it was about has ended. */
    private static String read(Path file) throws IOException {
        try {
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            return "";
        } catch (IOException e) {
            if (String.valueOf(e.getMessage()).contains("No such process")) {
                return "";
            }
            throw e;
        }
    }
}
