package io.obd.nydusbackend.config;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/** A user and a password, as configurations have them: base64 of {@code user:password}. */
public record BasicAuth(String user, String password) {

    /** Empty if it is none. */
    public static Optional<BasicAuth> parse(String base64) {
        try {
            String text = new String(Base64.getDecoder().decode(base64.strip()), StandardCharsets.UTF_8);
            int colon = text.indexOf(':');
            return colon < 0
                    ? Optional.empty()
                    : Optional.of(new BasicAuth(text.substring(0, colon), text.substring(colon + 1)));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    /** As configurations have it. */
    public String base64() {
        return Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    }

    /** Without the password. */
    @Override
    public String toString() {
        return "user \"" + user + "\"";
    }
}
