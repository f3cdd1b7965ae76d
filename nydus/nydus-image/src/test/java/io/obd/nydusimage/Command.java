package io.obd.nydusimage;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.file.Path;

/**
 * A run of the command.
 *
 * @param exitCode what it ended with
 * @param out what it printed
 * @param err what it complained about
 */
record Command(int exitCode, String out, String err) {
    static Command run(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Main.run(new PrintWriter(out), new PrintWriter(err), args);
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
}
