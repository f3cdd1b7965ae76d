package io.obd.registry;

import java.io.IOException;
import java.util.function.LongConsumer;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings blobs into a repository: by bytes, or from another repository of the registry. */
final class BlobPush {
    /** Usual size of a PATCH; what fits into one is sent with the PUT. */
    static final long CHUNK = 16L * 1024 * 1024;

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

    BlobUpload upload(BlobContent content, long chunk, LongConsumer progress) {
        return new BlobUpload(caller, access, repository, content, chunk, progress);
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

    private static Request post(HttpUrl url) {
        return new Request.Builder()
                .url(url)
                .post(RequestBody.create(new byte[0], OCTETS))
                .build();
    }
}
