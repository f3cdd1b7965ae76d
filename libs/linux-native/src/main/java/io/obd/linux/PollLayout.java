package io.obd.linux;

/**
 * struct pollfd, the same on every architecture.
 *
 * <pre>
 * 0 s32 fd   4 s16 events   6 s16 revents
 * </pre>
 */
final class PollLayout {
    static final int FD = 0;
    static final int EVENTS = 4;
    static final int REVENTS = 6;
    static final int LENGTH = 8;

    static final short POLLIN = 1;

    private PollLayout() {}
}
