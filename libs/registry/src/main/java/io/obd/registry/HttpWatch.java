package io.obd.registry;

import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import okhttp3.EventListener;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import org.jspecify.annotations.Nullable;

/**
 * Tells what a client says to registries and what they answer, for people who look for a fault. Each request has a
 * number, so that those that run at the same time can be told apart. Passwords, tokens, cookies and signatures are not
 * shown.
 */
public final class HttpWatch {
    /** Nobody is told anything. */
    public static final HttpWatch NOBODY = new HttpWatch(null, null);

    private final @Nullable Consumer<String> dump;
    private final @Nullable Consumer<String> trace;
    private final AtomicInteger last = new AtomicInteger();

    /** Number of a request and of its answer. */
    record Exchange(int number) {
        @Override
        public String toString() {
            return "[" + number + "]";
        }
    }

    /** What must not be shown of a request and its answer. */
    enum Confidential {
        /** What they carry. */
        BODIES
    }

    /**
     * Both are called by several threads.
     *
     * @param dump gets every request and answer, a text of several lines; null for nobody
     * @param trace gets what happens on the connections, line by line; null for nobody
     */
    public HttpWatch(@Nullable Consumer<String> dump, @Nullable Consumer<String> trace) {
        this.dump = dump;
        this.trace = trace;
    }

    /**
     * Makes a client report.
     *
     * @param also who has to know of its calls besides
     * @param secretHeaders whose values are not shown
     */
    OkHttpClient.Builder attach(OkHttpClient.Builder client, EventListener also, Set<String> secretHeaders) {
        if (dump != null) {
            client.addNetworkInterceptor(new HttpDump(dump, new Redaction(secretHeaders)));
        }
        if (trace == null) {
            return client.eventListener(also);
        }
        Consumer<String> lines = trace;
        return client.eventListenerFactory(call -> also.plus(new HttpTrace(call, lines)));
    }

    /** Gives a request its number. */
    Request.Builder number(Request.Builder request) {
        return dump == null && trace == null
                ? request
                : request.tag(Exchange.class, new Exchange(last.incrementAndGet()));
    }
}
