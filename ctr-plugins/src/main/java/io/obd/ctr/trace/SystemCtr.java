package io.obd.ctr.trace;

import io.obd.ctr.client.CtrException;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * containerd's own ctr, which knows how to make a container of an image.
 *
 * @param program our launcher, which hands on what is not ours
 * @param socket containerd's
 */
public record SystemCtr(String program, Path socket, String namespace) {

    /** Starts a command of it, with our standard streams. */
    Process start(List<String> arguments) throws CtrException {
        return start(arguments, Redirect.INHERIT);
    }

    /** Starts a command of it that says nothing. */
    Process startQuietly(List<String> arguments) throws CtrException {
        return start(arguments, Redirect.DISCARD);
    }

    private Process start(List<String> arguments, Redirect output) throws CtrException {
        List<String> command =
                new ArrayList<>(List.of(program, "--address", socket.toString(), "--namespace", namespace));
        command.addAll(arguments);
        try {
            return new ProcessBuilder(command)
                    .redirectInput(Redirect.INHERIT)
                    .redirectOutput(output)
                    .redirectError(output)
                    .start();
        } catch (IOException e) {
            throw new CtrException("cannot run " + program + ": " + e.getMessage(), "install containerd's ctr", e);
        }
    }
}
