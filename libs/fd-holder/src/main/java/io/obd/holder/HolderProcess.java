package io.obd.holder;

import io.obd.linux.MessageSocket;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Starts the holder: a second JVM, made as small as one can be, that lives on when this process ends. */
final class HolderProcess {
    private static final Duration START_LIMIT = Duration.ofSeconds(10);
    private static final Duration POLL = Duration.ofMillis(5);

    /**
     * It has nothing to do that would be worth a compiler, of its own bytecode or for its native calls. The JDK's archive
     * of classes is left out too: mapped, it takes more memory than the classes that are loaded, and saves 50 ms.
     */
    private static final List<String> FLAGS = List.of(
            "-Xms2m",
            "-Xmx8m",
            "-XX:NewSize=256k",
            "-XX:MaxNewSize=512k",
            "-XX:StringTableSize=128",
            "-Xss256k",
            "-XX:+UseSerialGC",
            "-Xint",
            "-Xshare:off",
            "-XX:-UsePerfData",
            "-Djnr.ffi.asm.enabled=false",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow");

    private HolderProcess() {}

    /** Starts it and returns when it listens. */
    static MessageSocket start(Path socket, Duration messageLimit) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(java());
        builder.command().addAll(FLAGS);
        if (isInstalled()) {
            Path libraries = LoadedFrom.of(Main.class).resolveSibling("native").resolve(System.getProperty("os.arch"));
            builder.command().add("-Djffi.boot." + "library.path=" + libraries);
        }
        builder.command().addAll(List.of("-cp", classPath(), Main.class.getName(), socket.toString()));
        builder.environment().put("MALLOC_ARENA_MAX", "1");
        Process process = builder.directory(new File("/"))
                .redirectInput(new File("/dev/null"))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (true) {
            try {
                return MessageSocket.connect(socket, messageLimit);
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() > deadline) {
                    process.destroyForcibly();
                    throw new IOException("the holder of descriptors did not start", e);
                }
            }
            sleep();
        }
    }

    private static void sleep() throws IOException {
        try {
            Thread.sleep(POLL);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the holder starts", e);
        }
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /**
     * Installed, all jars lie in one directory, and the manifest of this module's names the few that it needs. Otherwise
     * the whole class path, which works as well.
     */
    private static String classPath() throws IOException {
        return isInstalled() ? LoadedFrom.of(Main.class).toString() : System.getProperty("java.class.path");
    }

    private static boolean isInstalled() throws IOException {
        Path own = LoadedFrom.of(Main.class);
        return Files.isRegularFile(own)
                && own.resolveSibling("x")
                        .equals(LoadedFrom.of(MessageSocket.class).resolveSibling("x"));
    }
}
