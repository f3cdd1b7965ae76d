package io.obd.nydusbackend.config;

import java.io.IOException;
import java.util.List;

/** A configuration that cannot be used. */
public final class SettingsException extends IOException {
    private static final long serialVersionUID = 1L;

    /**
     * @param source where it is from
     * @param problems what is wrong, each with the name of its key
     */
    SettingsException(String source, List<String> problems) {
        super(source + ": " + String.join("; ", problems));
    }
}
