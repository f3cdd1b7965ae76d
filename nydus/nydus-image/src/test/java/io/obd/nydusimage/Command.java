package io.obd.nydusimage;

import io.obd.rafs.Digester;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * A run of the command.
 *
 * @param exitCode what it ended with
 * @param out what it printed
 * @param err what it complained about
 */
record Command(int exitCode, String out, String err) {
    static Command run(String... args) {
        return runWith("", args);
    }

    /** @param in what stands on standard input */
    static Command runWith(String in, String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        InputStream input = new ByteArrayInputStream(in.getBytes(StandardCharsets.UTF_8));
        int code = Main.run(input, new PrintWriter(out), new PrintWriter(err), args);
        return new Command(code, out.toString(), err.toString());
    }

    /** A file of the golden images. */
    static Path golden(String name) {
        try {
            return Path.of(Command.class.getResource("/golden").toURI()).resolve(name);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** SHA-256 of a file, in hexadecimal. */
    static String sha256(Path file) throws IOException {
        return HexFormat.of()
                .formatHex(Digester.SHA256
                        .digest(ByteBuffer.wrap(Files.readAllBytes(file)))
                        .toBytes());
    }
}
