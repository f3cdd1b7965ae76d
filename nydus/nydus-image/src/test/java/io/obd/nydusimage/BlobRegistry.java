package io.obd.nydusimage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okio.Buffer;

/** A registry with the blobs of a directory, for those who know the password. */
final class BlobRegistry implements AutoCloseable {
    static final String PASSWORD = "s3cret";
    private static final String PREFIX = "/v2/library/app/blobs/sha256:";

    private final MockWebServer server = new MockWebServer();

    BlobRegistry(Path blobs) throws IOException {
        server.setDispatcher(new Blobs(blobs));
        server.start();
    }

    /** The configuration of a backend, in JSON. */
    String backend(String password) {
        String auth = Base64.getEncoder().encodeToString(("bob:" + password).getBytes(StandardCharsets.UTF_8));
        return "{\"scheme\":\"http\",\"host\":\"localhost:" + server.getPort()
                + "\",\"repo\":\"library/app\",\"timeout\":60,\"connect_timeout\":60,\"auth\":\"" + auth + "\"}";
    }

    /** Where a blob is. */
    String url(String id) {
        return "http://localhost:" + server.getPort() + PREFIX + id;
    }

    int requests() {
        return server.getRequestCount();
    }

    @Override
    public void close() {
        server.close();
    }

    private static final class Blobs extends Dispatcher {
        private final Path directory;

        Blobs(Path directory) {
            this.directory = directory;
        }

        @Override
        public MockResponse dispatch(RecordedRequest request) {
            String wanted =
                    "Basic " + Base64.getEncoder().encodeToString(("bob:" + PASSWORD).getBytes(StandardCharsets.UTF_8));
            if (!wanted.equals(request.getHeaders().get("Authorization"))) {
                return new MockResponse.Builder()
                        .code(401)
                        .setHeader("WWW-Authenticate", "Basic realm=\"test\"")
                        .build();
            }
            String target = request.getTarget();
            Path blob = target.startsWith(PREFIX) ? directory.resolve(target.substring(PREFIX.length())) : null;
            if (blob == null || !Files.isRegularFile(blob)) {
                return new MockResponse.Builder().code(404).build();
            }
            try {
                return part(Files.readAllBytes(blob), request.getHeaders().get("Range"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static MockResponse part(byte[] blob, String range) {
            String[] ends = range == null
                    ? new String[] {"0", Integer.toString(blob.length - 1)}
                    : range.substring("bytes=".length()).split("-");
            int from = Integer.parseInt(ends[0]);
            int to = Math.min(blob.length - 1, Integer.parseInt(ends[1]));
            return new MockResponse.Builder()
                    .code(range == null ? 200 : 206)
                    .setHeader("Content-Range", "bytes " + from + "-" + to + "/" + blob.length)
                    .body(new Buffer().write(blob, from, to + 1 - from))
                    .build();
        }
    }
}
