package io.obd.convert;

import java.io.IOException;

/** An image cannot be converted: it is not what it should be, or a step on one of its layers failed. */
public final class ConversionException extends IOException {

    public ConversionException(String message) {
        super(message);
    }

    public ConversionException(String message, Throwable cause) {
        super(message, cause);
    }
}
