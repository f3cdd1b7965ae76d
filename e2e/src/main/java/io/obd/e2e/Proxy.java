package io.obd.e2e;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An HTTP proxy for CONNECT that leads {@link Registry#PROXIED_NAME} to loopback and counts the tunnels. It can be far away.
 */
final class Proxy implements AutoCloseable {
    private static final int LONGEST_HEAD = 8192;
    private static final int BUFFER = 64 * 1024;

    private final ServerSocket server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger tunnels = new AtomicInteger();
    private volatile Duration distance = Duration.ZERO;

    private Proxy(ServerSocket server) {
        this.server = server;
    }

    static Proxy start() throws IOException {
        Proxy proxy = new Proxy(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
        proxy.threads.execute(proxy::accept);
        return proxy;
    }

    String url() {
        return "http://127.0.0.1:" + server.getLocalPort();
    }

    /** From now on what a client says takes this time to arrive: every request does, and each step of a handshake. */
    void setDistance(Duration time) {
        distance = time;
    }

    /** How many connections went through so far. */
    int tunnels() {
        return tunnels.get();
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : open) {
            socket.close();
        }
        threads.close();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = server.accept();
                threads.execute(() -> serve(client));
            }
        } catch (IOException e) {
            // the server socket was closed: nothing more to accept
        }
    }

    private void serve(Socket client) {
        open.add(client);
        try (client;
                Socket target = new Socket()) {
            open.add(target);
            InputStream in = new BufferedInputStream(client.getInputStream());
            String[] request = head(in).split(" ", 3);
            if (!request[0].equals("CONNECT")) {
                answer(client, "405 only CONNECT is supported");
                return;
            }
            TimeUnit.NANOSECONDS.sleep(distance.toNanos());
            target.connect(address(request[1]));
            tunnels.incrementAndGet();
            answer(client, "200 connected");
            threads.execute(() -> copy(target, client));
            carry(in, target.getOutputStream());
        } catch (IOException e) {
            // either side went away: closing both is all there is to do
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(client);
        }
    }

    private void carry(InputStream from, OutputStream to) throws IOException, InterruptedException {
        byte[] said = new byte[BUFFER];
        int n;
        while ((n = from.read(said)) >= 0) {
            TimeUnit.NANOSECONDS.sleep(distance.toNanos());
            to.write(said, 0, n);
        }
    }

    private void copy(Socket from, Socket to) {
        try (from;
                to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException e) {
            // as above
        } finally {
            open.remove(from);
        }
    }

    private static InetSocketAddress address(String authority) throws IOException {
        int colon = authority.lastIndexOf(':');
        String host = authority.substring(0, colon);
        InetAddress target = host.equals(Registry.PROXIED_NAME)
                ? InetAddress.getLoopbackAddress()
                : InetAddress.getAllByName(host)[0];
        return new InetSocketAddress(target, Integer.parseInt(authority.substring(colon + 1)));
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0 || head.length() > LONGEST_HEAD) {
                throw new SocketException("no request");
            }
            head.append((char) next);
        }
        return head.toString();
    }

    private static void answer(Socket client, String status) throws IOException {
        OutputStream out = client.getOutputStream();
        out.write(("HTTP/1.1 " + status + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }
}
