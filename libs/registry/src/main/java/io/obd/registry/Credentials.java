package io.obd.registry;

/** What proves to a registry who asks. Its text never shows the secret. */
public sealed interface Credentials {

    /** A user and a password. */
    record UserPassword(String user, String password) implements Credentials {
        @Override
        public String toString() {
            return "user \"" + user + "\"";
        }
    }

    /** A token that the token service exchanges for access tokens (OAuth 2 refresh token). */
    record IdentityToken(String token) implements Credentials {
        @Override
        public String toString() {
            return "an identity token";
        }
    }
}
