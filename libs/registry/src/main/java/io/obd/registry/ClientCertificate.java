package io.obd.registry;

import java.nio.file.Path;

/**
 * A certificate to show to registries that ask for one.
 *
 * @param certificate PEM file with the certificate and the intermediate ones above it
 * @param key PEM file with its private key: PKCS #8, PKCS #1 (RSA) or SEC 1 (EC), not encrypted
 */
public record ClientCertificate(Path certificate, Path key) {

    /**
     * Reads {@code CERT:KEY}.
     *
     * @throws IllegalArgumentException if it is not two paths
     */
    public static ClientCertificate parse(String pair) {
        int colon = pair.indexOf(':');
        if (colon <= 0 || colon == pair.length() - 1) {
            throw new IllegalArgumentException("a client certificate is given as CERT:KEY, not as " + pair);
        }
        return new ClientCertificate(Path.of(pair.substring(0, colon)), Path.of(pair.substring(colon + 1)));
    }
}
