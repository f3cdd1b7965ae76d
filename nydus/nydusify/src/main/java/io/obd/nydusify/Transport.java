package io.obd.nydusify;

/** How a registry is spoken to. */
enum Transport {
    /** TLS, with a certificate that somebody trusted vouches for. */
    VERIFIED,
    /** TLS with any certificate, or plain HTTP where there is no TLS. */
    INSECURE,
    PLAIN_HTTP;

    static Transport insecure(boolean insecure) {
        return insecure ? INSECURE : VERIFIED;
    }
}
