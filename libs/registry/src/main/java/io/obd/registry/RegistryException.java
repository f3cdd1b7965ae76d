package io.obd.registry;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/**
 * A registry did not do what it was asked. The text names the request, its URL without the query (which may hold
 * signatures), the status, what the registry said about it, and what can be done.
 */
public abstract sealed class RegistryException extends IOException {
    private final String url;
    private final int status;
    private final Duration retryAfter;
    private List<RegistryException> elsewhere = List.of();
    private String subject = "";

    private RegistryException(
            String method,
            HttpUrl url,
            int status,
            String problem,
            @Nullable Duration retryAfter,
            @Nullable Throwable cause) {
        super(method + " " + redact(url) + ": " + problem, cause);
        this.url = redact(url);
        this.status = status;
        this.retryAfter = retryAfter == null ? Duration.ZERO : retryAfter;
    }

    /** The URL without user, password, query and fragment. */
    public String url() {
        return url;
    }

    /** The HTTP status, 0 if there was no answer. */
    public int status() {
        return status;
    }

    /** Whether the same request may work a little later. */
    public final boolean isTransient() {
        return mayPass() || elsewhere.stream().anyMatch(RegistryException::mayPass);
    }

    /** Whether what failed here may work a little later. */
    boolean mayPass() {
        return false;
    }

    /**
     * Adds to this failure, which is that of the last host, those of the hosts that were to be asked before it.
     */
    RegistryException after(List<RegistryException> others) {
        elsewhere = List.copyOf(others);
        return this;
    }

    /** Adds which blob this is about, as the URL of an upload does not say it. */
    RegistryException about(Digest blob) {
        subject = "; the blob is " + blob;
        return this;
    }

    @Override
    public String getMessage() {
        return elsewhere.stream()
                .map(failure -> "; and before that " + failure.getMessage())
                .collect(Collectors.joining("", super.getMessage() + subject, ""));
    }

    /** How long the registry asks to be left alone, if it does. */
    public Optional<Duration> retryAfter() {
        return retryAfter.isZero() ? Optional.empty() : Optional.of(retryAfter);
    }

    static String redact(HttpUrl url) {
        HttpUrl plain = url.newBuilder()
                .username("")
                .password("")
                .query(null)
                .fragment(null)
                .build();
        return plain + (url.querySize() == 0 ? "" : "?…");
    }

    /** 401 or 403: the credentials are wrong, missing, or not good enough. */
    public static final class Unauthorized extends RegistryException {
        Unauthorized(String method, HttpUrl url, int status, String problem) {
            super(method, url, status, problem, null, null);
        }
    }

    /** 404: there is no such image, blob or repository, or it is not visible with these credentials. */
    public static final class NotFound extends RegistryException {
        NotFound(String method, HttpUrl url, int status, String problem) {
            super(method, url, status, problem, null, null);
        }
    }

    /** 429: the registry limits the rate of requests. */
    public static final class TooManyRequests extends RegistryException {
        TooManyRequests(String method, HttpUrl url, String problem, @Nullable Duration retryAfter) {
            super(method, url, 429, problem, retryAfter, null);
        }

        @Override
        boolean mayPass() {
            return true;
        }
    }

    /** 5xx: the registry, or a proxy before it, failed. */
    public static final class ServerError extends RegistryException {
        ServerError(String method, HttpUrl url, int status, String problem, @Nullable Duration retryAfter) {
            super(method, url, status, problem, retryAfter, null);
        }

        @Override
        boolean mayPass() {
            return status() != 501;
        }
    }

    /** Any other refusal of the request. */
    public static final class Refused extends RegistryException {
        Refused(String method, HttpUrl url, int status, String problem) {
            super(method, url, status, problem, null, null);
        }
    }

    /** No connection could be made, or it broke. */
    public static final class Unreachable extends RegistryException {
        private final boolean mayRecover;

        Unreachable(String method, HttpUrl url, String problem, boolean mayRecover, IOException cause) {
            super(method, url, 0, problem, null, cause);
            this.mayRecover = mayRecover;
        }

        @Override
        boolean mayPass() {
            return mayRecover;
        }
    }

    /** No answer in time. */
    public static final class TimedOut extends RegistryException {
        TimedOut(String method, HttpUrl url, String problem, @Nullable IOException cause) {
            super(method, url, 0, problem, null, cause);
        }

        @Override
        boolean mayPass() {
            return true;
        }
    }

    /** The bytes that came do not have the digest they were asked for by. */
    public static final class DigestMismatch extends RegistryException {
        DigestMismatch(String method, HttpUrl url, Digest wanted, Digest found) {
            super(method, url, 200, "the content has digest " + found + ", wanted was " + wanted, null, null);
        }
    }

    /** The answer ended before the bytes it promised, or the blob is shorter than it is said to be. */
    public static final class Truncated extends RegistryException {
        private final boolean mayRecover;

        Truncated(String method, HttpUrl url, int status, String problem, boolean mayRecover) {
            super(method, url, status, problem, null, null);
            this.mayRecover = mayRecover;
        }

        @Override
        boolean mayPass() {
            return mayRecover;
        }
    }

    /** The answer does not follow the protocol: a wrong range, a page of HTML, a header that is missing. */
    public static final class Protocol extends RegistryException {
        Protocol(String method, HttpUrl url, int status, String problem) {
            super(method, url, status, problem, null, null);
        }
    }
}
