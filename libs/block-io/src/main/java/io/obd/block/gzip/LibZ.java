package io.obd.block.gzip;

import java.io.IOException;
import java.nio.ByteBuffer;
import jnr.ffi.LibraryLoader;

/**
 * The zlib library: the JDK's inflater does not tell where the blocks of a stream begin. It is bound when the first stream
 * is decompressed, once per process.
 */
final class LibZ {
    private static final String SONAME = "libz.so.1";

    private static final class Bound {
        static final Functions FUNCTIONS = LibraryLoader.create(Functions.class).load(SONAME);
    }

    private LibZ() {}

    /** @throws IOException if it is not installed */
    static Functions bind() throws IOException {
        try {
            return Bound.FUNCTIONS;
        } catch (LinkageError e) {
            throw new IOException(
                    SONAME + " cannot be loaded (" + e.getMessage() + "): zlib (Debian: zlib1g) must be installed", e);
        }
    }

    /**
     * The functions used, under their C names. Public because the class jnr-ffi generates lives in another class loader.
     */
    public interface Functions {
        String zlibVersion();

        int inflateInit2_(ByteBuffer stream, int windowBits, String version, int streamSize);

        int inflate(ByteBuffer stream, int flush);

        int inflateReset(ByteBuffer stream);

        int inflateEnd(ByteBuffer stream);
    }
}
