package io.obd.registry;

import java.util.Locale;

/**
 * Is told of every request that a client sends, those for tokens and those to mirrors and object stores included. Called
 * by many threads; must not wait.
 */
public interface RequestObserver {
    /** Nobody is told anything. */
    RequestObserver NOBODY = new RequestObserver() {};

    /**
     * The head of an answer has come.
     *
     * @param host and port that were asked
     * @param status of HTTP
     * @param nanos since the request was sent
     */
    default void answered(String host, int status, long nanos) {}

    /** There was no answer. */
    default void unanswered(String host, RegistryException reason) {}

    /** A word for a failure: {@code timedout}, {@code unreachable}, {@code notfound} and so on. */
    static String kind(RegistryException failure) {
        return failure.getClass().getSimpleName().toLowerCase(Locale.ROOT);
    }
}
