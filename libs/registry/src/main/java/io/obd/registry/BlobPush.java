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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Uploads to a repository. A session is opened by POST; a small blob is sent with the PUT that ends it, a large one
 * before that in chunks by PATCH. After a failure the registry is asked how much it has, and the upload goes on there.
 */
final class BlobPush {
    /** Size of a PATCH; what fits into one is sent with the PUT. */
    static final long CHUNK = 16L * 1024 * 1024;

    private static final int MAX_SESSIONS = 4;
    private static final Pattern RANGE = Pattern.compile("(?:bytes=)?0-([0-9]{1,18})");
    private static final MediaType OCTETS = MediaType.get("application/octet-stream");

    private final Logger log = LoggerFactory.getLogger(BlobPush.class);
    private final RegistryCaller caller;
    private final Repository repository;
    private final Access access;
    private final HttpUrl uploads;

    BlobPush(RegistryCaller caller, Access access, Repository repository) {
        this.caller = caller;
        this.repository = repository;
        this.access = access;
        this.uploads = caller.url(repository.name() + "/blobs/uploads/");
    }

    /** An open upload: where its next part goes, and how many bytes the registry has. */
    private record Session(HttpUrl url, long offset) {}

    boolean mount(Digest blob, String from) throws IOException {
        HttpUrl url = uploads.newBuilder()
                .addQueryParameter("mount", blob.toString())
                .addQueryParameter("from", from)
                .build();
        Deadline deadline = caller.deadline();
        return caller.retry(deadline).run(() -> {
            try (Response response = caller.send(post(url), access, deadline)) {
                if (response.code() == 201) {
                    return true;
                }
                if (response.code() == 202) {
                    cancel(caller.location(response), deadline);
                    return false;
                }
                throw caller.failure(response, access);
            }
        });
    }

    void upload(Descriptor blob, BlobContent content, LongConsumer progress) throws IOException {
        Retry retry = caller.retry(Deadline.none());
        int sessions = 0;
        Session session = null;
        boolean uncertain = false;
        while (true) {
            try {
                if (session == null) {
                    sessions++;
                    session = open();
                } else if (uncertain) {
                    session = ask(session, blob);
                }
                uncertain = false;
                while (blob.size() > CHUNK && session.offset() < blob.size()) {
                    session = sendChunk(session, blob, content);
                    progress.accept(session.offset());
                    retry.progressed();
                }
                finish(session, blob, content);
                progress.accept(blob.size());
                return;
            } catch (RegistryException e) {
                if (session != null && isLost(e) && sessions < MAX_SESSIONS) {
                    if (repository.exists(blob.digest())) {
                        // The answer to the last PUT did not arrive, but the PUT did.
                        return;
                    }
                    session = uncertain || e.status() == 404 ? null : session;
                } else {
                    retry.pauseAfter(e);
                }
                log.info("upload of {} goes on after: {}", blob.digest(), e.getMessage());
                uncertain = true;
            }
        }
    }

    private Session open() throws IOException {
        Deadline deadline = caller.deadline();
        try (Response response = caller.send(post(uploads), access, deadline)) {
            if (response.code() != 202) {
                throw caller.failure(response, access);
            }
            return new Session(caller.location(response), 0);
        }
    }

    private Session ask(Session session, Descriptor blob) throws IOException {
        Request request = new Request.Builder().url(session.url()).build();
        try (Response response = caller.send(request, access, caller.deadline())) {
            if (response.code() != 204 && response.code() != 202) {
                throw caller.failure(response, access);
            }
            HttpUrl next = response.header("Location") == null ? session.url() : caller.location(response);
            return new Session(next, received(response, blob));
        }
    }

    private Session sendChunk(Session session, Descriptor blob, BlobContent content) throws IOException {
        long start = session.offset();
        long length = Math.min(CHUNK, blob.size() - start);
        Request request = new Request.Builder()
                .url(session.url())
                .header("Content-Range", start + "-" + (start + length - 1))
                .patch(content.range(start, length))
                .build();
        try (Response response = caller.send(request, access, Deadline.none())) {
            if (response.code() != 202 && response.code() != 204) {
                throw caller.failure(response, access);
            }
            long received = received(response, blob);
            if (received <= start) {
                throw Failures.protocol(response, "the registry took nothing of the bytes from " + start + " on");
            }
            return new Session(caller.location(response), received);
        }
    }

    /** Sends what is left with the request that ends the upload. */
    private void finish(Session session, Descriptor blob, BlobContent content) throws IOException {
        HttpUrl url = session.url()
                .newBuilder()
                .addQueryParameter("digest", blob.digest().toString())
                .build();
        Request.Builder request = new Request.Builder().url(url);
        long left = blob.size() - session.offset();
        if (session.offset() > 0 && left > 0) {
            request.header("Content-Range", session.offset() + "-" + (blob.size() - 1));
        }
        request.put(content.range(session.offset(), left));
        try (Response response = caller.send(request.build(), access, Deadline.none())) {
            if (response.code() != 201 && response.code() != 204) {
                throw caller.failure(response, access);
            }
        }
    }

    /** An upload that nobody will go on with. The registry forgets it sooner or later anyway. */
    private void cancel(HttpUrl session, Deadline deadline) {
        Request request = new Request.Builder().url(session).delete().build();
        try (Response response = caller.send(request, access, deadline)) {
            log.debug("upload session cancelled: {}", response.code());
        } catch (IOException e) {
            log.debug("upload session not cancelled: {}", e.getMessage());
        }
    }

    /** Whether the session is gone (404), or stands elsewhere than we thought (416). */
    private static boolean isLost(RegistryException e) {
        return e.status() == 404 || e.status() == 416;
    }

    /** How many bytes the registry says it has. {@code 0-0} is what some say for none. */
    private static long received(Response response, Descriptor blob) throws IOException {
        String range = response.header("Range");
        if (range == null) {
            throw Failures.protocol(response, "no Range header says how much of the upload has arrived");
        }
        Matcher m = RANGE.matcher(range.strip());
        if (!m.matches()) {
            throw Failures.protocol(response, "Range header \"" + range + "\" is not understood");
        }
        long last = Long.parseLong(m.group(1));
        if (last >= blob.size()) {
            throw Failures.protocol(response, "the registry has " + (last + 1) + " bytes of a blob of " + blob.size());
        }
        return last == 0 ? 0 : last + 1;
    }

    private static Request post(HttpUrl url) {
        return new Request.Builder()
                .url(url)
                .post(RequestBody.create(new byte[0], OCTETS))
                .build();
    }
}
