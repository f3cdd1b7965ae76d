package io.obd.registry;

/** What proves to a registry who asks. Its text never shows the secret. */
public sealed interface Credentials {
    /** The credentials that a user and a secret are, in the way of docker's credential helpers. */
    static Credentials of(String user, String secret) {
        return user.equals(IdentityToken.USER) ? new IdentityToken(secret) : new UserPassword(user, secret);
    }

    /** A user and a password. */
    record UserPassword(String user, String password) implements Credentials {
        @Override
        public String toString() {
            return "user \"" + user + "\"";
        }
    }

    /** A token that the token service exchanges for access tokens (OAuth 2 refresh token). */
    record IdentityToken(String token) implements Credentials {
        /** The user by which docker's credential helpers, and we, mark a secret as such a token. */
        public static final String USER = "<token>";

        @Override
        public String toString() {
            return "an identity token";
        }
    }
}
