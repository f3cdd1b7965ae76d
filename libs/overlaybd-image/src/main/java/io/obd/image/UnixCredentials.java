package io.obd.image;

import io.obd.registry.CredentialService;
import io.obd.unixhttp.HttpResponse;
import io.obd.unixhttp.UnixHttp;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The way to a credential service on a unix socket: {@code GET /auth?remote_url=…}.
 *
 * @param timeout for one request
 */
record UnixCredentials(Path socket, Duration timeout) implements CredentialService.Transport {
    private static final int OK = 200;

    @Override
    public byte[] get(String query) throws IOException {
        HttpResponse response = new UnixHttp(socket, timeout).exchange("GET", "/auth?" + query, new byte[0]);
        if (response.status() != OK) {
            throw new IOException("status " + response.status());
        }
        return response.body().getBytes(StandardCharsets.UTF_8);
    }
}
