package io.obd.e2e;

import java.time.Duration;
import java.util.List;

/**
 * One finished run of a command.
 *
 * @param firstOutput time from its start to the first byte it wrote to standard output, or to its end if there was none
 * @param took time from its start to its end
 */
record Run(List<String> command, int status, String out, String err, Duration firstOutput, Duration took) {

    boolean succeeded() {
        return status == 0;
    }

    /** Both outputs, for looking for a message wherever it went. */
    String output() {
        return out + err;
    }

    /** This run, if it succeeded. */
    Run orFail() throws StackException {
        if (!succeeded()) {
            throw new StackException(String.join(" ", command) + "\nended with status " + status + ":\n" + output());
        }
        return this;
    }
}
