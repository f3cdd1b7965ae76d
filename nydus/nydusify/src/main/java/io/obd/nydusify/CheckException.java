package io.obd.nydusify;

import io.obd.linux.Reason;
import java.io.IOException;

/** An image breaks a rule. */
final class CheckException extends IOException {
    CheckException(String rule, String problem) {
        super("rule " + rule + ": " + problem);
    }

    CheckException(String rule, IOException cause) {
        super("rule " + rule + ": " + Reason.of(cause), cause);
    }
}
