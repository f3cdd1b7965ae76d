package io.obd.tools;

import io.obd.registry.ClientCertificate;
import io.obd.registry.CredentialSource;
import io.obd.registry.DockerConfigFile;
import io.obd.registry.RegistryClient;
import io.obd.registry.RegistryConfig;
import io.obd.registry.Repository;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a layer is uploaded to while it is written. */
final class UploadOptions {
    private static final String UPLOADS = "/uploads";
    private static final int DEFAULT_KB = 262144;
    private static final int MAX_KB = 4 << 20;

    @Option(
            names = "--upload",
            paramLabel = "URL",
            description = "upload the layer to https://HOST/v2/NAME/blobs/uploads/ while it is written")
    private @Nullable String url;

    @Option(
            names = "--upload_bs",
            paramLabel = "KB",
            defaultValue = "" + DEFAULT_KB,
            description = "most that is sent at once (default: ${DEFAULT-VALUE})")
    private int kilobytes;

    @Option(names = "--cred_file_path", paramLabel = "FILE", description = "credentials for the upload (cred.json)")
    private @Nullable Path credentials;

    @Option(names = "--tls_key_path", paramLabel = "FILE", description = "key of the client certificate")
    private @Nullable Path tlsKey;

    @Option(names = "--tls_cert_path", paramLabel = "FILE", description = "client certificate for the upload")
    private @Nullable Path tlsCertificate;

    @Option(
            names = "--tls_ca_path",
            paramLabel = "FILE",
            description = "certificate authority to trust besides the system's")
    private @Nullable Path tlsAuthority;

    boolean areGiven() {
        return url != null;
    }

    /** Refuses what cannot be uploaded. */
    void check(Tool tool, boolean compressed, boolean tarWrapper) throws ToolException {
        if (url == null) {
            if (credentials != null || tlsKey != null || tlsCertificate != null || tlsAuthority != null) {
                throw tool.invalid("--cred_file_path and --tls_*_path are for --upload");
            }
            return;
        }
        if (!compressed) {
            throw new ToolException("--upload: only compressed layers are uploaded");
        }
        if (tarWrapper) {
            throw new ToolException("--upload and -t exclude each other: the tar begins with the size of the layer");
        }
        if (kilobytes < 1 || kilobytes > MAX_KB) {
            throw tool.invalid("--upload_bs: from 1 to " + MAX_KB + ", not " + kilobytes);
        }
        if ((tlsKey == null) != (tlsCertificate == null)) {
            throw tool.invalid("--tls_key_path and --tls_cert_path belong together");
        }
        if (credentials != null) {
            tool.existing("--cred_file_path", credentials);
        }
        if (tlsAuthority != null) {
            tool.existing("--tls_ca_path", tlsAuthority);
        }
        if (tlsKey != null) {
            tool.existing("--tls_key_path", tlsKey);
            tool.existing("--tls_cert_path", tlsCertificate);
        }
    }

    /** Most bytes of one request. */
    long chunk() {
        return kilobytes * 1024L;
    }

    RegistryClient client() throws ToolException {
        RegistryConfig.Builder config = RegistryConfig.builder();
        if (tlsAuthority != null) {
            config.caFiles(List.of(tlsAuthority));
        }
        if (tlsCertificate != null && tlsKey != null) {
            config.clientCertificates(List.of(new ClientCertificate(tlsCertificate, tlsKey)));
        }
        try {
            return new RegistryClient(
                    config.build(),
                    credentials == null ? CredentialSource.ANONYMOUS : new DockerConfigFile(credentials));
        } catch (IllegalArgumentException e) {
            throw new ToolException(String.valueOf(e.getMessage()));
        }
    }

    /** The repository that the URL belongs to. */
    Repository repository(RegistryClient client) throws IOException {
        String uploads = String.valueOf(url);
        String trimmed = uploads.endsWith("/") ? uploads.substring(0, uploads.length() - 1) : uploads;
        if (trimmed.endsWith(UPLOADS)) {
            try {
                return client.repositoryAt(trimmed.substring(0, trimmed.length() - UPLOADS.length()));
            } catch (IllegalArgumentException e) {
                // It is no such URL either.
            }
        }
        throw new ToolException("--upload: not the URL of a repository's uploads"
                + " (https://host/v2/<repository>/blobs/uploads/): " + uploads);
    }
}
