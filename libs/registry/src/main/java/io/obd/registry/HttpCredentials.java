package io.obd.registry;

import java.io.IOException;
import java.net.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import okhttp3.Dns;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okio.BufferedSource;

/** The way to a {@link CredentialService} by HTTP or HTTPS, past all proxies. */
public final class HttpCredentials implements CredentialService.Transport {
    private static final int MAX_BODY = 1 << 20;

    private final HttpUrl url;
    private final OkHttpClient client;

    /**
     * A service at an address.
     *
     * @param address URL; {@code http} where no scheme is said
     * @param timeout for one request
     * @param certificates shown to the service, of which there may be none
     * @param authority PEM file: the only authority that is believed, empty for the system's
     * @throws IOException if the address is no URL, or a file cannot be used
     */
    public HttpCredentials(String address, Duration timeout, List<ClientCertificate> certificates, String authority)
            throws IOException {
        HttpUrl parsed = HttpUrl.parse(address.contains("://") ? address : "http://" + address);
        if (parsed == null) {
            throw new IOException("credentialConfig.path: not the URL of a credential service: " + address);
        }
        this.url = parsed;
        OkHttpClient.Builder builder = new OkHttpClient.Builder()
                .proxy(Proxy.NO_PROXY)
                .dns(new BoundedDns(Dns.SYSTEM, timeout))
                .followRedirects(false)
                .callTimeout(timeout);
        if (parsed.isHttps()) {
            Tls tls = authority.isEmpty()
                    ? Tls.verified(RegistryConfig.builder()
                            .proxies(ProxyRules.none())
                            .clientCertificates(certificates)
                            .build())
                    : Tls.pinned(List.of(Path.of(authority)), certificates);
            builder.sslSocketFactory(tls.sockets(), tls.trust());
        }
        this.client = builder.build();
    }

    /** The query is sent as it is, which is what services of the original expect. */
    @Override
    public byte[] get(String query) throws IOException {
        Request request = new Request.Builder()
                .url(url.newBuilder().encodedQuery(query).build())
                .build();
        try (Response response = client.newCall(request).execute()) {
            if (response.code() != 200) {
                throw new IOException("status " + response.code());
            }
            BufferedSource body = response.body().source();
            if (body.request(MAX_BODY + 1L)) {
                throw new IOException("an answer of more than " + MAX_BODY + " bytes");
            }
            return body.readByteArray();
        }
    }
}
