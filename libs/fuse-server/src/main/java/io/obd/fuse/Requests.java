package io.obd.fuse;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What the requests of a mount are about. Used by all readers. */
interface Requests {
    /** Result of a request that gets no answer. */
    int NO_ANSWER = Integer.MIN_VALUE;

    /**
     * Answers a request that needs no data, in the buffer it came in: reads its struct and writes the answer over it.
     *
     * @param payload length of the request behind its header
     * @return the length of the answer behind the header, a negative error number, or {@link #NO_ANSWER}
     */
    int answer(int opcode, long id, ByteBuffer buffer, int payload);

    /**
     * The file that a request for data is about.
     *
     * @param last what the same reader was given before; may be given again
     * @return null if there is none of that number
     */
    @Nullable
    Node node(long id, @Nullable Node last);

    /** The greatest common divisor of all offsets and lengths that files can be asked for. */
    int alignment();
}
