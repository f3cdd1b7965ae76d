package io.obd.registry;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import okhttp3.HttpUrl;
import okhttp3.Request;
import okhttp3.Response;

/**
 * A program of this network that fetches blobs from its peers: it is asked for {@code <its address>/<URL of the blob>}. It
 * is asked past all proxies. While it fails, blobs come from where it would have had to look.
 */
public final class P2pAgent {
    private final HttpUrl address;
    private final HttpTransport transport;
    private final Duration connectTimeout;
    private final Avoidance avoidance = new Avoidance();

    P2pAgent(HttpUrl address, HttpTransport transport, Duration connectTimeout) {
        this.address = address;
        this.transport = transport;
        this.connectTimeout = connectTimeout;
    }

    /** Whether somebody takes connections there. */
    public boolean isListening() {
        try (Socket socket = new Socket()) {
            socket.connect(
                    new InetSocketAddress(address.host(), address.port()), Math.toIntExact(connectTimeout.toMillis()));
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    boolean isAvoided() {
        return avoidance.isOn();
    }

    /** Leaves it alone for a while. */
    void avoid() {
        avoidance.begin();
    }

    /** Asks for what the request is for. */
    Response send(Request request, Deadline deadline) throws IOException {
        // An address without a path ends with a slash all the same.
        HttpUrl url = HttpUrl.get(address.toString().replaceFirst("/$", "") + "/" + request.url());
        return transport.send(request.newBuilder().url(url).build(), deadline);
    }

    @Override
    public String toString() {
        return address.toString();
    }
}
