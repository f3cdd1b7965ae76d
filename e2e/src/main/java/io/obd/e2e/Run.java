package io.obd.e2e;

import java.time.Duration;
import java.util.List;

/** One finished run of a command. */
record Run(List<String> command, int status, String out, String err, Duration took) {

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
