package io.obd.nydussnapshotter;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices the end of a daemon: a connection to its API ends at once when it does, whoever started it. That a connection
 * ends says nothing by itself: the process is looked at.
 */
final class DaemonWatch {
    private static final Logger LOG = LoggerFactory.getLogger(DaemonWatch.class);

    private static final Duration PAUSE = Duration.ofMillis(100);

    private final DaemonProcess process;

    DaemonWatch(DaemonProcess process) {
        this.process = process;
    }

    /** Returns when the process has ended. */
    void await() throws InterruptedException {
        while (process.isAlive()) {
            awaitHangUp();
            Thread.sleep(PAUSE);
        }
    }

    private void awaitHangUp() {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(process.socket()));
            ByteBuffer nothing = ByteBuffer.allocate(64);
            while (channel.read(nothing) >= 0) {
                nothing.clear();
            }
        } catch (IOException e) {
            LOG.debug("{}: {}", process.socket(), e.getMessage());
        }
    }
}
