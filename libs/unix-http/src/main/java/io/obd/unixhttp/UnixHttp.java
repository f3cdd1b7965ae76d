package io.obd.unixhttp;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A server on a unix socket, asked over a connection of its own each time.
 *
 * @param timeout for one request and its answer, together
 */
public record UnixHttp(Path socket, Duration timeout) {

    /** Nobody listens on the socket. */
    public static final class NotListening extends IOException {
        NotListening(IOException cause) {
            super(cause.getMessage(), cause);
        }
    }

    /**
     * Asks.
     *
     * @param target path and query, encoded
     * @param body JSON, or nothing
     * @throws NotListening if nobody does
     * @throws java.net.SocketTimeoutException if no complete answer came in time; the request may have taken effect
     * @throws IOException if the socket cannot be used, what came is no HTTP, or the connection ended within it
     */
    public HttpResponse exchange(String method, String target, byte[] body) throws IOException {
        try (UnixConnection connection = connect()) {
            connection.send(ByteBuffer.wrap(request(method, target, body)));
            return HttpResponse.read(new BufferedInputStream(connection.input()));
        }
    }

    /** A socket that we may not use, or have no descriptor for, may have a server all the same. */
    private UnixConnection connect() throws IOException {
        try {
            return UnixConnection.open(socket, timeout);
        } catch (ConnectException e) {
            throw new NotListening(e);
        } catch (IOException e) {
            throw Files.notExists(socket) ? new NotListening(e) : e;
        }
    }

    private static byte[] request(String method, String target, byte[] body) {
        String head = method + " " + target + " HTTP/1.1\r\n"
                + "Host: localhost\r\n"
                + "Connection: close\r\n"
                + "Accept: application/json\r\n"
                + (body.length == 0 ? "" : "Content-Type: application/json\r\n")
                + "Content-Length: " + body.length + "\r\n\r\n";
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
        request.writeBytes(body);
        return request.toByteArray();
    }
}
