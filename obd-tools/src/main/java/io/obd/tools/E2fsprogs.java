package io.obd.tools;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The programs of e2fsprogs on a file system in a file. */
final class E2fsprogs {
    private static final Logger LOG = LoggerFactory.getLogger(E2fsprogs.class);

    /** Where they are; the path of an ordinary user leaves these out. */
    private static final List<String> SYSTEM_DIRECTORIES = List.of("/usr/sbin", "/sbin");

    /** e2fsck's exit code up to which the file system is good in the end. */
    private static final int REPAIRED = 3;

    private static final int SECTOR = 512;
    private static final int MAX_QUOTE = 2000;

    private final Path image;

    E2fsprogs(Path image) {
        this.image = image;
    }

    private record Result(int exitCode, String output) {}

    /**
     * Corrects what is wrong.
     *
     * @return what that was, empty if nothing
     */
    String repair() throws IOException {
        Result result = run("e2fsck", "-f", "-y", image.toString());
        if (result.exitCode() > REPAIRED) {
            throw failure("e2fsck finds no file system that it can repair", result);
        }
        return result.exitCode() == 0 ? "" : quote(result.output());
    }

    /** Changes the size of the file system, in bytes; the image is large enough for it. */
    void resize(long size) throws IOException {
        Result result = run("resize2fs", image.toString(), size / SECTOR + "s");
        if (result.exitCode() != 0) {
            throw failure("the file system cannot have " + size + " bytes", result);
        }
    }

    private static ToolException failure(String problem, Result result) {
        return new ToolException(problem + ": " + quote(result.output()));
    }

    private static String quote(String output) {
        String line = output.strip().replaceAll("\\s*\\R\\s*", "; ");
        return line.length() <= MAX_QUOTE ? line : "…" + line.substring(line.length() - MAX_QUOTE);
    }

    private static Result run(String program, String... arguments) throws IOException {
        List<String> command =
                Stream.concat(Stream.of(find(program)), Stream.of(arguments)).toList();
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C");
        Process process = builder.start();
        try {
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int exitCode = process.waitFor();
            LOG.debug("{} gave {}: {}", command, exitCode, output);
            return new Result(exitCode, output);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + program + " ran", e);
        } finally {
            process.destroy();
        }
    }

    private static String find(String program) throws ToolException {
        String path = System.getenv("PATH");
        List<String> own = path == null ? List.of() : List.of(path.split(File.pathSeparator));
        return Stream.concat(own.stream(), SYSTEM_DIRECTORIES.stream())
                .map(directory -> Path.of(directory, program))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new ToolException(program + " is not installed: it is in the package e2fsprogs"))
                .toString();
    }
}
