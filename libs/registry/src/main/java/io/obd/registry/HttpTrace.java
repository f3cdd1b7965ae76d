package io.obd.registry;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import okhttp3.Call;
import okhttp3.Connection;
import okhttp3.EventListener;
import okhttp3.Handshake;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/** Tells what becomes of one call on its connection, each line with the milliseconds since its start. */
final class HttpTrace extends EventListener {
    private final String number;
    private final Consumer<String> out;
    private final long start = System.nanoTime();

    HttpTrace(Call call, Consumer<String> out) {
        this.number = String.valueOf(call.request().tag(HttpWatch.Exchange.class));
        this.out = out;
    }

    private void say(String event) {
        double milliseconds = (System.nanoTime() - start) / 1e6;
        out.accept(String.format(Locale.ROOT, "%s %8.1f ms  %s", number, milliseconds, Redaction.text(event)));
    }

    @Override
    public void callStart(Call call) {
        say(call.request().method() + " " + call.request().url());
    }

    @Override
    public void dnsStart(Call call, String domainName) {
        say("looking up " + domainName);
    }

    @Override
    public void dnsEnd(Call call, String domainName, List<InetAddress> addresses) {
        say(domainName + " is "
                + addresses.stream().map(InetAddress::getHostAddress).collect(Collectors.joining(", ")));
    }

    @Override
    public void connectStart(Call call, InetSocketAddress address, Proxy proxy) {
        say("connecting to " + name(address) + (proxy.type() == Proxy.Type.DIRECT ? "" : ", a proxy"));
    }

    @Override
    public void secureConnectStart(Call call) {
        say("connected, TLS handshake begins");
    }

    @Override
    public void secureConnectEnd(Call call, @Nullable Handshake handshake) {
        if (handshake != null) {
            say(handshake.tlsVersion().javaName() + " with "
                    + handshake.cipherSuite().javaName());
        }
    }

    @Override
    public void connectEnd(Call call, InetSocketAddress address, Proxy proxy, @Nullable Protocol protocol) {
        say("connection is ready" + (protocol == null ? "" : ", " + protocol));
    }

    @Override
    public void connectFailed(
            Call call, InetSocketAddress address, Proxy proxy, @Nullable Protocol protocol, IOException e) {
        say("no connection to " + name(address) + ": " + e);
    }

    @Override
    public void connectionAcquired(Call call, Connection connection) {
        say("uses the connection to " + name(connection.route().socketAddress()));
    }

    @Override
    public void requestHeadersEnd(Call call, Request request) {
        say("request sent");
    }

    @Override
    public void requestBodyEnd(Call call, long byteCount) {
        say("body sent, " + byteCount + " bytes");
    }

    @Override
    public void responseHeadersEnd(Call call, Response response) {
        say("the answer begins: " + response.code() + " " + response.message());
    }

    @Override
    public void responseBodyEnd(Call call, long byteCount) {
        say("body read, " + byteCount + " bytes");
    }

    @Override
    public void requestFailed(Call call, IOException e) {
        say("the request broke off: " + e);
    }

    @Override
    public void responseFailed(Call call, IOException e) {
        say("the answer broke off: " + e);
    }

    @Override
    public void callEnd(Call call) {
        say("done");
    }

    @Override
    public void callFailed(Call call, IOException e) {
        say("failed: " + e);
    }

    private static String name(InetSocketAddress address) {
        return address.isUnresolved()
                ? address.getHostString() + ":" + address.getPort()
                : address.getAddress().getHostAddress() + ":" + address.getPort();
    }
}
