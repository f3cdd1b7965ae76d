package io.obd.e2e;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Requests of a registry's access log. */
record Traffic(List<Request> requests) {
    private static final Pattern LINE =
            Pattern.compile("^\\S+ - \\S+ \\[[^]]*] \"(\\S+) (\\S+) [^\"]*\" (\\d{3}) (\\d+) .*");

    /** One request and the bytes of its answer's body. */
    record Request(String method, String path, int status, long bytes) {
        boolean isBlob() {
            return method.equals("GET") && path.contains("/blobs/sha256:") && status < 300;
        }
    }

    static Traffic parse(String log) {
        return new Traffic(log.lines()
                .map(LINE::matcher)
                .filter(Matcher::matches)
                .map(line -> new Request(
                        line.group(1), line.group(2), Integer.parseInt(line.group(3)), Long.parseLong(line.group(4))))
                .toList());
    }

    /** What came after an earlier reading of the same log. */
    Traffic since(Traffic earlier) {
        return new Traffic(requests.subList(earlier.requests.size(), requests.size()));
    }

    /** Bytes of all blobs that were sent, whole or in ranges. */
    long blobBytes() {
        return blobs().mapToLong(Request::bytes).sum();
    }

    /** Bytes that were sent of one blob. */
    long blobBytes(String digest) {
        return blobs().filter(request -> request.path().endsWith(digest))
                .mapToLong(Request::bytes)
                .sum();
    }

    /** How many answers carried blob data. */
    long blobRequests() {
        return blobs().count();
    }

    private Stream<Request> blobs() {
        return requests.stream().filter(Request::isBlob);
    }
}
