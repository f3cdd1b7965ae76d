package io.obd.image;

import io.obd.registry.CredentialService;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
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
        String request = "GET /auth?" + query + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        try (UnixConnection connection = UnixConnection.open(socket, timeout)) {
            connection.send(ByteBuffer.wrap(request.getBytes(StandardCharsets.UTF_8)));
            HttpResponse response = HttpResponse.read(new BufferedInputStream(connection.input()));
            if (response.status() != OK) {
                throw new IOException("status " + response.status());
            }
            return response.body().getBytes(StandardCharsets.UTF_8);
        }
    }
}
