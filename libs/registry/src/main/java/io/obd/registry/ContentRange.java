package io.obd.registry;

import java.io.IOException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import okhttp3.Response;

/**
 * The header that says which part of a blob an answer holds.
 *
 * @param first position of the first byte
 * @param last position of the last byte
 * @param total length of the whole blob
 */
record ContentRange(long first, long last, long total) {
    private static final Pattern FORM = Pattern.compile("bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18})");
    private static final Pattern NOTHING = Pattern.compile("bytes \\*/([0-9]{1,18})");

    static Optional<ContentRange> of(Response response) {
        Matcher m =
                FORM.matcher(String.valueOf(response.header("Content-Range")).strip());
        return m.matches()
                ? Optional.of(new ContentRange(
                        Long.parseLong(m.group(1)), Long.parseLong(m.group(2)), Long.parseLong(m.group(3))))
                : Optional.empty();
    }

    /** The length a 416 reports, or -1. */
    static long totalOfRefusal(Response response) {
        Matcher m =
                NOTHING.matcher(String.valueOf(response.header("Content-Range")).strip());
        return m.matches() ? Long.parseLong(m.group(1)) : -1;
    }

    /**
     * Checks that a 206 holds exactly these bytes of a blob of this length.
     *
     * @throws RegistryException.Protocol if it holds anything else; the answer is closed then
     */
    static void require(Response response, long first, long last, long total) throws IOException {
        ContentRange found = of(response)
                .orElseThrow(() -> Failures.protocol(
                        response,
                        "Content-Range is \"" + response.header("Content-Range") + "\", expected was bytes " + first
                                + "-" + last + "/" + total));
        if (!found.equals(new ContentRange(first, last, total))) {
            throw Failures.protocol(
                    response,
                    "the answer holds " + found + ", asked for was bytes " + first + "-" + last + "/" + total);
        }
        long length = response.body().contentLength();
        if (length >= 0 && length != last - first + 1) {
            throw Failures.protocol(response, "Content-Length " + length + " does not fit bytes " + first + "-" + last);
        }
    }

    @Override
    public String toString() {
        return "bytes " + first + "-" + last + "/" + total;
    }
}
