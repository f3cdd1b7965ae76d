package io.obd.tools.obd;

import java.io.IOException;

/** The command cannot do what it was asked for. Says why, and what can be done. */
final class ToolException extends IOException {
    ToolException(String message) {
        super(message);
    }
}
