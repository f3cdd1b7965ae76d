package io.obd.nydusbackend;

import io.obd.nydusbackend.config.Settings;
import java.io.Closeable;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks now and then whether a proxy works, as long as it is used. */
final class ProxyHealth implements Closeable {
    private static final Logger log = LoggerFactory.getLogger(ProxyHealth.class);
    private static final int FIRST_ERROR = 400;

    private final URL question;
    private final Duration interval;
    private final Duration pause;
    private final int timeoutMillis;
    private final Runnable changed;
    private final Thread thread;
    private volatile boolean isWell = true;
    private volatile long lastUse = System.nanoTime();

    /**
     * Begins to ask.
     *
     * @param timeout longest wait for an answer
     * @param changed called when the proxy does no longer work, or works again
     * @throws IOException if the URL to ask cannot be used
     */
    ProxyHealth(Settings.Proxy proxy, Duration timeout, Runnable changed) throws IOException {
        this.question = question(proxy.pingUrl());
        this.interval = Duration.ofSeconds(Math.max(1, proxy.checkSeconds()));
        this.pause = Duration.ofSeconds(proxy.pauseSeconds());
        this.timeoutMillis = (int) Math.min(Integer.MAX_VALUE, timeout.toMillis());
        this.changed = changed;
        this.thread = Thread.ofVirtual().name("proxy-health").unstarted(this::askNowAndThen);
    }

    private static URL question(String text) throws IOException {
        try {
            URL url = new URI(text.contains("://") ? text : "http://" + text).toURL();
            if (url.getProtocol().equals("http") || url.getProtocol().equals("https")) {
                return url;
            }
        } catch (URISyntaxException | IllegalArgumentException | IOException _) {
            // It has one cause: the text.
        }
        throw new IOException("backend.registry proxy.ping_url is no URL of HTTP");
    }

    void start() {
        thread.start();
    }

    /** The proxy is used now. */
    void used() {
        lastUse = System.nanoTime();
    }

    /** Whether it worked when it was last asked. */
    boolean isWell() {
        return isWell;
    }

    private void askNowAndThen() {
        try {
            while (true) {
                if (System.nanoTime() - lastUse <= pause.toNanos()) {
                    ask();
                }
                Thread.sleep(interval);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void ask() {
        String problem = "";
        try {
            int status = status();
            if (status >= FIRST_ERROR) {
                problem = "HTTP status " + status;
            }
        } catch (IOException e) {
            problem = String.valueOf(e.getMessage());
        }
        if (isWell == problem.isEmpty()) {
            return;
        }
        isWell = problem.isEmpty();
        if (isWell) {
            log.info("the proxy works again");
        } else {
            log.warn("the proxy is passed by: {} answers {}", question, problem);
        }
        changed.run();
    }

    private int status() throws IOException {
        HttpURLConnection connection = (HttpURLConnection) question.openConnection(Proxy.NO_PROXY);
        connection.setConnectTimeout(timeoutMillis);
        connection.setReadTimeout(timeoutMillis);
        try {
            return connection.getResponseCode();
        } finally {
            connection.disconnect();
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
