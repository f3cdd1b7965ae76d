package io.obd.containerd;

import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;

/** The headers by which containerd knows what a call is about. */
public final class ContainerdHeaders {
    /** The namespace a call looks at. */
    public static final Metadata.Key<String> NAMESPACE =
            Metadata.Key.of("containerd-namespace", Metadata.ASCII_STRING_MARSHALLER);

    /** The lease that keeps what a call makes. */
    public static final Metadata.Key<String> LEASE =
            Metadata.Key.of("containerd-lease", Metadata.ASCII_STRING_MARSHALLER);

    private ContainerdHeaders() {}

    /** A channel whose calls carry {@code value} under {@code key}. */
    public static Channel attach(Channel channel, Metadata.Key<String> key, String value) {
        Metadata headers = new Metadata();
        headers.put(key, value);
        return ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers));
    }
}
