package io.obd.block.gzip;

import java.nio.ByteBuffer;
import jnr.ffi.LibraryLoader;
import jnr.ffi.annotations.In;
import org.jspecify.annotations.Nullable;

/** The library ISA-L, if it is installed. It is bound when the first span is decompressed, once per process. */
final class LibIsal {
    private static final String SONAME = "libisal.so.2";

    private static final class Bound {
        static final @Nullable Functions FUNCTIONS = load();

        private static @Nullable Functions load() {
            try {
                return LibraryLoader.create(Functions.class).failImmediately().load(SONAME);
            } catch (LinkageError e) {
                return null; // zlib does the same
            }
        }
    }

    private LibIsal() {}

    /** Null if it is not installed. */
    static @Nullable Functions functions() {
        return Bound.FUNCTIONS;
    }

    /**
     * The functions used, under their C names. Public because the class jnr-ffi generates lives in another class loader.
     */
    public interface Functions {
        void isal_inflate_init(ByteBuffer state);

        int isal_inflate_set_dict(ByteBuffer state, @In byte[] window, int length);

        int isal_inflate(ByteBuffer state);
    }
}
