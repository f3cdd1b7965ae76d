package io.obd.tools;

import java.io.IOException;

/** A tool cannot do what it was asked, for the reason its message gives. */
final class ToolException extends IOException {

    ToolException(String message) {
        super(message);
    }
}
