package io.obd.ctr;

import java.security.KeyManagementException;
import java.security.Provider;
import java.security.SecureRandom;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The default TLS context of a process in which nobody uses it. gRPC's transport looks at it although a socket on this host
 * has no TLS, and the JDK's own takes longer to make than a whole pull does: it reads more than a hundred certificates. The
 * registry's connections have contexts of their own.
 */
final class NoTls extends SSLContextSpi {
    private static final String NAME = "none";

    private NoTls() {}

    /** Takes the place of the JDK's default context. */
    static void makeDefault() {
        SSLContext.setDefault(new Context());
    }

    /** The JDK lets only subclasses make one. */
    private static final class Context extends SSLContext {
        Context() {
            super(new NoTls(), new Nothing(), NAME);
        }
    }

    /** Has no algorithms: whoever asks it for TLS is told so. */
    private static final class Nothing extends Provider {
        private static final long serialVersionUID = 1;

        Nothing() {
            super(NAME, "1", "no TLS");
        }
    }

    @Override
    protected void engineInit(
            KeyManager @Nullable [] keys, TrustManager @Nullable [] trust, @Nullable SecureRandom random)
            throws KeyManagementException {
        throw new KeyManagementException("this process has no default TLS context");
    }

    @Override
    protected SSLSocketFactory engineGetSocketFactory() {
        throw none();
    }

    @Override
    protected SSLServerSocketFactory engineGetServerSocketFactory() {
        throw none();
    }

    @Override
    protected SSLEngine engineCreateSSLEngine() {
        throw none();
    }

    @Override
    protected SSLEngine engineCreateSSLEngine(String host, int port) {
        throw none();
    }

    @Override
    protected SSLSessionContext engineGetServerSessionContext() {
        throw none();
    }

    @Override
    protected SSLSessionContext engineGetClientSessionContext() {
        throw none();
    }

    private static UnsupportedOperationException none() {
        return new UnsupportedOperationException("this process has no default TLS context");
    }
}
