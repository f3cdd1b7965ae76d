package io.obd.nydussnapshotter;

import io.obd.linux.DirectoryTree;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The files of one daemon, below the data directory.
 *
 * <pre>
 * config/&lt;id&gt;/config.json              of a daemon of one image
 * config/&lt;id&gt;/&lt;snapshot&gt;/config.json   of each image of a shared daemon
 * config/&lt;id&gt;/prefetch-files           what is to be fetched before it is asked for
 * socket/&lt;id&gt;/api.sock              api1.sock and so on after upgrades
 * supervisor/&lt;id&gt;.sock              while a daemon hands over what its successor needs
 * logs/&lt;id&gt;/nydusd.log
 * logs/&lt;id&gt;/nydusd.out                 what it says beside its log; nydusd1.out and so on after upgrades
 * </pre>
 */
record DaemonFiles(Path root, String id) {
    private static final String CONFIG = "config.json";
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");

    /** The daemons that have files. */
    static List<String> ids(Path root) throws IOException {
        List<String> ids = new ArrayList<>();
        if (Files.isDirectory(root.resolve("config"))) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(root.resolve("config"))) {
                entries.forEach(entry -> ids.add(entry.getFileName().toString()));
            }
        }
        return ids;
    }

    void make() throws IOException {
        for (Path directory : directories()) {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
    }

    Path config() {
        return directory("config").resolve(CONFIG);
    }

    Path config(RafsInstance instance) {
        return directory("config").resolve(Long.toString(instance.snapshot())).resolve(CONFIG);
    }

    Path prefetch() {
        return directory("config").resolve("prefetch-files");
    }

    /** Where sockets of APIs are. */
    Path sockets() {
        return directory("socket");
    }

    /** Where the first process serves its API. */
    Path socket() {
        return sockets().resolve("api.sock");
    }

    /** Where the one after it does. */
    Path socketAfter(Path socket) {
        Matcher number = NUMBER.matcher(socket.getFileName().toString());
        int last = number.find() ? Integer.parseInt(number.group()) : 0;
        return sockets().resolve("api" + (last + 1) + ".sock");
    }

    Path supervisor() {
        return root.resolve("supervisor").resolve(id + ".sock");
    }

    Path log() {
        return directory("logs").resolve("nydusd.log");
    }

    /** What a process writes to its standard output. */
    Path output(Path socket) {
        String name = socket.getFileName().toString();
        return directory("logs").resolve(name.replaceFirst("^api", "nydusd").replaceFirst("\\.sock$", ".out"));
    }

    /**
     * Writes a file that is there as a whole or not at all, readable by its owner alone. It need not be on stable storage:
     * after a power cut there is no daemon that it is of.
     */
    static void write(Path file, String text) throws IOException {
        Path directory = file.resolveSibling(".").normalize();
        Files.createDirectories(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path fresh = Files.createTempFile(directory, ".new", "");
        try {
            Files.writeString(fresh, text);
        } catch (IOException e) {
            Files.deleteIfExists(fresh);
            throw e;
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Removes what is needed only while there is the daemon; its logs stay, for who wants to know why it ended. */
    void delete() throws IOException {
        DirectoryTree.delete(directory("config"));
        DirectoryTree.delete(sockets());
        Files.deleteIfExists(supervisor());
        deleteEmptyOutputs(directory("logs"));
        deleteIfEmpty(directory("logs"));
    }

    /** Of a process that has written nothing, or whose words were all handed on. */
    private static void deleteEmptyOutputs(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            try (DirectoryStream<Path> outputs = Files.newDirectoryStream(directory, "nydusd*.out")) {
                for (Path output : outputs) {
                    if (Files.size(output) == 0) {
                        Files.delete(output);
                    }
                }
            }
        }
    }

    private static void deleteIfEmpty(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            boolean empty;
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
                empty = !entries.iterator().hasNext();
            }
            if (empty) {
                Files.delete(directory);
            }
        }
    }

    void delete(RafsInstance instance) throws IOException {
        DirectoryTree.delete(directory("config").resolve(Long.toString(instance.snapshot())));
    }

    private List<Path> directories() {
        return List.of(directory("config"), sockets(), directory("logs"));
    }

    private Path directory(String kind) {
        return root.resolve(kind).resolve(id);
    }
}
