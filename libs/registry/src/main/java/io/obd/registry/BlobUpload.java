package io.obd.registry;

import java.io.IOException;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The upload of one blob, which may begin before the blob is complete. A session is opened by POST; a small blob is sent
 * with the PUT that ends it, a large one before that in chunks by PATCH. After a failure the registry is asked how much it
 * has, and the upload goes on there; if it has forgotten the session another one is begun. For one thread.
 */
public final class BlobUpload {
    private static final int MAX_LOSSES = 3;
    private static final Pattern RANGE = Pattern.compile("(?:bytes=)?0-([0-9]{1,18})");
    private static final MediaType OCTETS = MediaType.get("application/octet-stream");

    private final Logger log = LoggerFactory.getLogger(BlobUpload.class);
    private final RegistryCaller caller;
    private final Access access;
    private final Repository repository;
    private final BlobContent content;
    private final long chunk;
    private final LongConsumer progress;
    private final Retry retry;

    private @Nullable Session session;
    private @Nullable RegistryException broken;
    private int losses;
    private boolean uncertain;

    /**
     * @param content what is uploaded; a range that was sent may be sent again
     * @param chunk most bytes of one PATCH; what fits into one is sent with the PUT
     * @param progress told the number of bytes the registry has
     */
    BlobUpload(
            RegistryCaller caller,
            Access access,
            Repository repository,
            BlobContent content,
            long chunk,
            LongConsumer progress) {
        this.caller = caller;
        this.access = access;
        this.repository = repository;
        this.content = content;
        this.chunk = chunk;
        this.progress = progress;
        this.retry = caller.retry(Deadline.none());
    }

    /** An open upload: where its next part goes, and how many bytes the registry has. */
    private record Session(HttpUrl url, long offset) {}

    private interface Step {
        /** Goes on from a session. Each time the registry has got something the session is put into the field. */
        void run(Session from) throws IOException;
    }

    /**
     * Sends the bytes before {@code end}, which are there and will not change. With 0 it only asks the registry for the
     * permission to upload.
     */
    public void send(long end) throws IOException {
        persist(end, null, from -> sendChunks(from, end));
    }

    /** Sends the rest of the blob, which is complete now, and makes it one of the repository. */
    public void finish(Descriptor blob) throws IOException {
        try {
            persist(
                    blob.size(),
                    blob.digest(),
                    from -> put(blob.size() > chunk ? sendChunks(from, blob.size()) : from, blob));
        } catch (RegistryException e) {
            throw e.about(blob.digest());
        }
        progress.accept(blob.size());
    }

    /** @param digest of the blob if this step ends the upload */
    private void persist(long end, @Nullable Digest digest, Step step) throws IOException {
        while (true) {
            try {
                step.run(current(end));
                return;
            } catch (RegistryException e) {
                boolean askedInVain = uncertain && session != null && isLost(e);
                if (!askedInVain) {
                    broken = e;
                }
                if (session != null && isLost(e) && losses < MAX_LOSSES) {
                    losses++;
                    if (digest != null && repository.exists(digest)) {
                        // The answer to the last PUT did not arrive, but the PUT did.
                        return;
                    }
                    session = uncertain || e.status() == 404 ? null : session;
                } else if (askedInVain && broken != null) {
                    // That the session is gone does not say why: that is what made us ask.
                    broken.addSuppressed(e);
                    throw broken;
                } else {
                    retry.pauseAfter(e);
                }
                log.info(
                        "the upload {}to {} goes on after: {}",
                        digest == null ? "" : "of " + digest + " ",
                        repository,
                        e.getMessage());
                uncertain = true;
            }
        }
    }

    private Session current(long end) throws IOException {
        if (session == null) {
            session = open();
        } else if (uncertain) {
            session = ask(session, end);
        }
        uncertain = false;
        return session;
    }

    private Session open() throws IOException {
        Request request = new Request.Builder()
                .url(caller.url(repository.name() + "/blobs/uploads/"))
                .post(RequestBody.create(new byte[0], OCTETS))
                .build();
        Deadline deadline = caller.deadline();
        try (Response response = caller.send(request, access, deadline)) {
            if (response.code() != 202) {
                throw caller.failure(response, access);
            }
            return new Session(caller.location(response), 0);
        }
    }

    private Session ask(Session last, long end) throws IOException {
        Request request = new Request.Builder().url(last.url()).build();
        try (Response response = caller.send(request, access, caller.deadline())) {
            if (response.code() != 204 && response.code() != 202) {
                throw caller.failure(response, access);
            }
            HttpUrl next = response.header("Location") == null ? last.url() : caller.location(response);
            return new Session(next, received(response, end));
        }
    }

    private Session sendChunks(Session from, long end) throws IOException {
        Session at = from;
        while (at.offset() < end) {
            at = sendChunk(at, end);
            session = at;
            progress.accept(at.offset());
            retry.progressed();
        }
        return at;
    }

    private Session sendChunk(Session at, long end) throws IOException {
        long start = at.offset();
        long length = Math.min(chunk, end - start);
        Request request = new Request.Builder()
                .url(at.url())
                .header("Content-Range", start + "-" + (start + length - 1))
                .patch(content.range(start, length))
                .build();
        try (Response response = caller.send(request, access, Deadline.none())) {
            if (response.code() != 202 && response.code() != 204) {
                throw caller.failure(response, access);
            }
            long received = received(response, end);
            if (received <= start) {
                throw Failures.protocol(response, "the registry took nothing of the bytes from " + start + " on");
            }
            return new Session(caller.location(response), received);
        }
    }

    /** Sends what is left with the request that ends the upload. */
    private void put(Session at, Descriptor blob) throws IOException {
        HttpUrl url = at.url()
                .newBuilder()
                .addQueryParameter("digest", blob.digest().toString())
                .build();
        Request.Builder request = new Request.Builder().url(url);
        long left = blob.size() - at.offset();
        if (at.offset() > 0 && left > 0) {
            request.header("Content-Range", at.offset() + "-" + (blob.size() - 1));
        }
        request.put(content.range(at.offset(), left));
        try (Response response = caller.send(request.build(), access, Deadline.none())) {
            if (response.code() != 201 && response.code() != 204) {
                throw caller.failure(response, access);
            }
        }
    }

    /** Whether the session is gone (404), or stands elsewhere than we thought (416). */
    private static boolean isLost(RegistryException e) {
        return e.status() == 404 || e.status() == 416;
    }

    /** How many bytes the registry says it has. {@code 0-0} is what some say for none. */
    private static long received(Response response, long end) throws IOException {
        String range = response.header("Range");
        if (range == null) {
            throw Failures.protocol(response, "no Range header says how much of the upload has arrived");
        }
        Matcher m = RANGE.matcher(range.strip());
        if (!m.matches()) {
            throw Failures.protocol(response, "Range header \"" + range + "\" is not understood");
        }
        long last = Long.parseLong(m.group(1));
        if (last != 0 && last >= end) {
            throw Failures.protocol(response, "the registry has " + (last + 1) + " bytes of " + end);
        }
        return last == 0 ? 0 : last + 1;
    }
}
