package io.obd.registry;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import okhttp3.MediaType;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/**
 * One repository of a registry: its manifests and blobs. What fails for a passing reason is tried again by the
 * configured policy; every method throws {@link RegistryException} with the reason when it does not succeed.
 */
public final class Repository {
    /** Longest manifest, index or configuration that is read: the limit registries set for what they take. */
    public static final int MAX_DOCUMENT = 4 * 1024 * 1024;

    private final Endpoints endpoints;
    private final String host;
    private final String name;
    private final Access pull;
    private final Access push;
    private final long pushChunk;

    Repository(Endpoints endpoints, String host, String name) {
        this(endpoints, host, name, BlobPush.CHUNK);
    }

    private Repository(Endpoints endpoints, String host, String name, long pushChunk) {
        this.pushChunk = pushChunk;
        this.endpoints = endpoints;
        this.host = host;
        this.name = name;
        this.pull = Access.pull(name);
        this.push = Access.push(name);
    }

    /**
     * The same repository, to which blobs are pushed in other pieces.
     *
     * @param bytes most of one request, at least 1
     */
    public Repository withPushChunk(long bytes) {
        return new Repository(endpoints, host, name, bytes);
    }

    /** Path of the repository in its registry. */
    public String name() {
        return name;
    }

    /**
     * What a tag or digest stands for.
     *
     * @param tagOrDigest {@code latest}, {@code sha256:…}
     */
    public Descriptor resolve(String tagOrDigest) throws IOException {
        boolean byDigest = tagOrDigest.contains(":");
        return endpoints.ask(byDigest ? Endpoints.PULL : Endpoints.RESOLVE, (caller, deadline) -> {
            Request request = documentRequest(caller, tagOrDigest).head().build();
            try (Response response = caller.sendFollowing(request, pull, deadline)) {
                if (response.code() != 200) {
                    throw caller.failure(response, pull);
                }
                String digest = response.header("Docker-Content-Digest", "");
                String length = response.header("Content-Length", "");
                String type = response.header("Content-Type", "");
                if (digest == null || length == null || type == null) {
                    throw Failures.protocol(response, "headers are missing");
                }
                if (digest.isEmpty() || !length.matches("[0-9]{1,9}")) {
                    return resolveByContent(caller, tagOrDigest, deadline);
                }
                Descriptor found =
                        Descriptor.of(mediaType(type), knownDigest(response, digest), Long.parseLong(length));
                if (byDigest && !found.digest().toString().equals(tagOrDigest)) {
                    throw new RegistryException.DigestMismatch(
                            "HEAD", request.url(), Digest.parse(tagOrDigest), found.digest());
                }
                return found;
            }
        });
    }

    /** For registries that leave out the headers that would say it. */
    private Descriptor resolveByContent(RegistryCaller caller, String tagOrDigest, Deadline deadline)
            throws IOException {
        Request request = documentRequest(caller, tagOrDigest).build();
        try (Response response = caller.sendFollowing(request, pull, deadline)) {
            if (response.code() != 200) {
                throw caller.failure(response, pull);
            }
            Failures.refusePage(response, "a manifest");
            byte[] content = content(caller, response, MAX_DOCUMENT);
            String type = mediaType(String.valueOf(response.header("Content-Type", "")));
            if (!tagOrDigest.contains(":")) {
                return Descriptor.of(type, content);
            }
            Digest wanted = Digest.parse(tagOrDigest);
            return Descriptor.of(type, verified(wanted, content, request), content.length);
        }
    }

    /**
     * A manifest, index or configuration; its digest is checked.
     *
     * @throws RegistryException.DigestMismatch if it is another document
     * @throws RegistryException.Truncated if it is longer or shorter than described
     */
    public byte[] fetchDocument(Descriptor document) throws IOException {
        return endpoints.ask(Endpoints.PULL, (caller, deadline) -> {
            Request request = request(caller, document);
            if (document.size() > MAX_DOCUMENT) {
                throw new RegistryException.Protocol(
                        "GET",
                        request.url(),
                        0,
                        "a document of " + document.size() + " bytes; at most " + MAX_DOCUMENT + " are read");
            }
            try (Response response = caller.sendFollowing(request, pull, deadline)) {
                if (response.code() != 200) {
                    throw caller.failure(response, pull);
                }
                byte[] content = content(caller, response, (int) document.size());
                if (content.length < document.size()) {
                    throw new RegistryException.Truncated(
                            "GET",
                            request.url(),
                            200,
                            content.length + " bytes came, the document has " + document.size(),
                            true);
                }
                verified(document.digest(), content, request);
                return content;
            }
        });
    }

    /**
     * The content of a blob from its beginning to its end. Length and digest are checked as it is read: the end is
     * reported only if they are right. A connection that breaks is made again where it broke, a bounded number of
     * times.
     */
    public InputStream pull(Descriptor blob) throws IOException {
        return BlobPull.start(endpoints, pull, blobPath(blob.digest()), blob);
    }

    /** Whether the repository has this blob, where it is pushed to. */
    public boolean exists(Digest blob) throws IOException {
        return exists(blob, _ -> true);
    }

    /** Whether it has this blob, and not with another size: a registry that does not say the size is believed. */
    public boolean exists(Digest blob, long size) throws IOException {
        return exists(blob, length -> length.equals(Long.toString(size)));
    }

    private boolean exists(Digest blob, Predicate<String> expected) throws IOException {
        RegistryCaller caller = endpoints.toPushTo();
        Request request =
                new Request.Builder().url(caller.url(blobPath(blob))).head().build();
        Deadline deadline = caller.deadline();
        return caller.retry(deadline).run(() -> {
            try (Response response = caller.send(request, pull, deadline)) {
                if (response.code() == 404) {
                    return false;
                }
                if (RegistryCaller.isRedirect(response)) {
                    return true;
                }
                if (response.code() == 200) {
                    String length = response.header("Content-Length");
                    return length == null || expected.test(length);
                }
                throw caller.failure(response, pull);
            }
        });
    }

    /**
     * Makes the blob of another repository of this registry appear in this one, without moving its bytes.
     *
     * @return false if the registry does not do that for this blob
     */
    public boolean mount(Digest blob, String fromRepository) throws IOException {
        return new BlobPush(endpoints.toPushTo(), Access.mount(name, fromRepository), this).mount(blob, fromRepository);
    }

    /**
     * Uploads a file as a blob unless the repository has it already. A connection that breaks is made again where the
     * registry's copy ends, a bounded number of times.
     *
     * @param progress told the number of bytes the registry has so far
     * @return false if it was there already
     */
    public boolean push(Descriptor blob, Path file, LongConsumer progress) throws IOException {
        long length = Files.size(file);
        if (length != blob.size()) {
            throw new IOException(file + " has " + length + " bytes, to be pushed were " + blob.size());
        }
        return !exists(blob.digest()) && upload(blob, BlobContent.of(file), progress);
    }

    /**
     * Uploads bytes as a blob unless the repository has it already.
     *
     * @return their descriptor
     */
    public Descriptor push(String mediaType, byte[] content) throws IOException {
        Descriptor blob = Descriptor.of(mediaType, content);
        if (!exists(blob.digest())) {
            upload(blob, BlobContent.of(content), bytes -> {});
        }
        return blob;
    }

    /**
     * Uploads a file as a blob while it is written; its digest is known only in the end. Nothing is asked of the registry
     * yet.
     *
     * @param chunk most bytes of one request
     */
    public BlobUpload upload(Path file, long chunk) throws IOException {
        return new BlobPush(endpoints.toPushTo(), push, this).upload(BlobContent.of(file), chunk, bytes -> {});
    }

    private boolean upload(Descriptor blob, BlobContent content, LongConsumer progress) throws IOException {
        new BlobPush(endpoints.toPushTo(), push, this)
                .upload(content, pushChunk, progress)
                .finish(blob);
        return true;
    }

    /**
     * Uploads a manifest or index.
     *
     * @param tagOrDigest under which it can be resolved then
     */
    public Descriptor pushDocument(String tagOrDigest, String mediaType, byte[] document) throws IOException {
        Descriptor descriptor = Descriptor.of(mediaType, document);
        RegistryCaller caller = endpoints.toPushTo();
        Request request = new Request.Builder()
                .url(caller.url(manifestPath(tagOrDigest)))
                .put(RequestBody.create(document, MediaType.get(mediaType)))
                .build();
        Deadline deadline = caller.deadline();
        return caller.retry(deadline).run(() -> {
            try (Response response = caller.send(request, push, deadline)) {
                if (response.code() != 201 && response.code() != 200) {
                    throw caller.failure(response, push);
                }
                return descriptor;
            }
        });
    }

    /**
     * Lets those who know a document find another one that refers to it. A registry with the referrers API does that by
     * itself; for one without it the list is kept as an index, under a tag made of the document's digest, as the OCI
     * distribution specification says.
     *
     * @param subject what is referred to
     * @param referrer what was pushed, with its artifact type
     */
    public void addReferrer(Descriptor subject, Descriptor referrer) throws IOException {
        if (hasReferrersApi(subject.digest())) {
            return;
        }
        String tag = subject.digest().algorithm() + "-" + subject.digest().hex();
        Index list = referrersUnder(tag);
        if (list.manifests().stream().noneMatch(entry -> entry.digest().equals(referrer.digest()))) {
            List<Descriptor> entries = new ArrayList<>(list.manifests());
            entries.add(referrer);
            pushDocument(
                    tag,
                    MediaTypes.OCI_INDEX,
                    list.withManifests(MediaTypes.OCI_INDEX, entries).toJson());
        }
    }

    private boolean hasReferrersApi(Digest subject) throws IOException {
        RegistryCaller caller = endpoints.toPushTo();
        Request request = new Request.Builder()
                .url(caller.url(name + "/referrers/" + subject))
                .header("Accept", MediaTypes.OCI_INDEX)
                .build();
        Deadline deadline = caller.deadline();
        return caller.retry(deadline).run(() -> {
            try (Response response = caller.send(request, pull, deadline)) {
                // What a registry answers that does not know the path is not laid down.
                return switch (response.code()) {
                    case 200 -> true;
                    case 400, 404, 405, 501 -> false;
                    default -> throw caller.failure(response, pull);
                };
            }
        });
    }

    private Index referrersUnder(String tag) throws IOException {
        try {
            return Index.parse(fetchDocument(resolve(tag)));
        } catch (RegistryException.NotFound none) {
            return new Index(2, MediaTypes.OCI_INDEX, null, List.of(), null, Map.of());
        }
    }

    /** The blob as something to be read at any position; its size is asked for when it is needed. */
    public RemoteBlob blob(Digest digest) throws IOException {
        return blob(digest, RemoteBlob.UNKNOWN_SIZE);
    }

    /** The blob, whose size is known, as something to be read at any position. */
    public RemoteBlob blob(Digest digest, long size) throws IOException {
        List<BlobSource> sources = endpoints.capableOf(Endpoints.PULL).stream()
                .map(host -> new BlobSource(host, pull, blobPath(digest)))
                .toList();
        return new RemoteBlob(endpoints, sources, size);
    }

    private String blobPath(Digest digest) {
        return name + "/blobs/" + digest;
    }

    private String manifestPath(String tagOrDigest) {
        return name + "/manifests/" + tagOrDigest;
    }

    private Request request(RegistryCaller caller, Descriptor document) {
        return MediaTypes.isManifest(document.mediaType()) || MediaTypes.isIndex(document.mediaType())
                ? documentRequest(caller, document.digest().toString()).build()
                : new Request.Builder()
                        .url(caller.url(blobPath(document.digest())))
                        .build();
    }

    private Request.Builder documentRequest(RegistryCaller caller, String tagOrDigest) {
        return new Request.Builder()
                .url(caller.url(manifestPath(tagOrDigest)))
                .header("Accept", MediaTypes.ACCEPTED_DOCUMENTS)
                .header("Accept-Encoding", "identity");
    }

    private static byte[] content(RegistryCaller caller, Response response, int limit) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] buffer = new byte[8192];
        InputStream in = response.body().byteStream();
        while (true) {
            int n;
            try {
                n = in.read(buffer);
            } catch (IOException e) {
                throw caller.transport().failure("GET", response.request().url(), e);
            }
            if (n < 0) {
                return out.toByteArray();
            }
            if (out.size() + n > limit) {
                throw Failures.protocol(response, "more than the " + limit + " bytes that were expected");
            }
            out.write(buffer, 0, n);
        }
    }

    private static Digest verified(Digest wanted, byte[] content, Request request) throws IOException {
        Digest found = wanted.sameKindOf(content);
        if (!found.equals(wanted)) {
            throw new RegistryException.DigestMismatch("GET", request.url(), wanted, found);
        }
        return wanted;
    }

    private static Digest knownDigest(Response response, String text) throws IOException {
        try {
            return Digest.parse(text);
        } catch (IllegalArgumentException e) {
            throw Failures.protocol(response, "Docker-Content-Digest: " + e.getMessage());
        }
    }

    private static String mediaType(String contentType) {
        int semicolon = contentType.indexOf(';');
        return (semicolon < 0 ? contentType : contentType.substring(0, semicolon)).strip();
    }

    /** {@code host/name} */
    @Override
    public String toString() {
        return host + "/" + name;
    }
}
