package io.obd.nydussnapshotter;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which nydusd a program or a process is, as it says itself.
 *
 * @param number of the release
 * @param commit it was built from; empty if that is not said
 */
record NydusdVersion(String number, String commit) {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Pattern NUMBER = Pattern.compile("Version:\\s*(\\S+)");
    private static final Pattern COMMIT = Pattern.compile("Git Commit:\\s*(\\S+)");
    private static final int MOST = 64 << 10;

    /** That of a program, which is run for this with {@code --version}. */
    static NydusdVersion of(String program) throws IOException {
        Process process = new ProcessBuilder(program, "--version")
                .redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
                .redirectError(Redirect.DISCARD)
                .start();
        String text;
        try (InputStream out = process.getInputStream()) {
            if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                throw new IOException(program + " --version did not end within " + LIMIT.toSeconds() + " s");
            }
            text = new String(out.readNBytes(MOST), StandardCharsets.UTF_8);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while " + program + " said its version");
        } finally {
            process.destroyForcibly();
        }
        String number = find(NUMBER, text);
        if (number.isEmpty()) {
            throw new IOException(
                    program + " --version does not say a version; it ended with status " + process.exitValue());
        }
        return new NydusdVersion(number, find(COMMIT, text));
    }

    private static String find(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() ? matcher.group(1) : "";
    }

    /** Whether both are the same, as far as both say. */
    boolean agreesWith(NydusdVersion other) {
        return number.equals(other.number)
                && (commit.isEmpty() || other.commit.isEmpty() || commit.equals(other.commit));
    }
}
