package io.obd.block.gzip;

import io.obd.block.MalformedBlockException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** Intel's ISA-L, which is made for x86-64 and arm64 and takes a third to half of zlib's time. */
final class IsalInflater implements RawInflater {
    private static final int INVALID_BLOCK = -1;
    private static final int INVALID_SYMBOL = -2;
    private static final int INVALID_LOOKBACK = -3;

    private final LibIsal.Functions isal;
    private final ByteBuffer state =
            ByteBuffer.allocateDirect(InflateStateLayout.SIZE).order(ByteOrder.nativeOrder());

    /** The library has its address only. */
    private @Nullable ByteBuffer input;

    IsalInflater(LibIsal.Functions isal) {
        this.isal = isal;
    }

    @Override
    public void start(byte[] window) {
        input = null;
        isal.isal_inflate_init(state);
        if (window.length > 0) {
            int result = isal.isal_inflate_set_dict(state, window, window.length);
            if (result != 0) {
                throw new IllegalStateException("ISA-L takes no window of " + window.length + " bytes: " + result);
            }
        }
    }

    @Override
    public void setInput(ByteBuffer input) {
        this.input = input;
        state.putLong(InflateStateLayout.NEXT_IN, MemorySegment.ofBuffer(input).address());
        state.putInt(InflateStateLayout.AVAIL_IN, input.remaining());
    }

    @Override
    public boolean needsInput() {
        return input == null || state.getInt(InflateStateLayout.AVAIL_IN) == 0;
    }

    @Override
    public void inflate(ByteBuffer dst) throws MalformedBlockException {
        state.putLong(InflateStateLayout.NEXT_OUT, MemorySegment.ofBuffer(dst).address());
        state.putInt(InflateStateLayout.AVAIL_OUT, dst.remaining());
        int result = isal.isal_inflate(state);
        if (result < 0) {
            throw new MalformedBlockException("no deflate stream: " + reason(result));
        }
        dst.position(dst.limit() - state.getInt(InflateStateLayout.AVAIL_OUT));
    }

    private static String reason(int result) {
        return switch (result) {
            case INVALID_BLOCK -> "invalid block";
            case INVALID_SYMBOL -> "invalid symbol";
            case INVALID_LOOKBACK -> "invalid distance";
            default -> "error " + result;
        };
    }

    /** All of its memory is the state. */
    @Override
    public void close() {}
}
