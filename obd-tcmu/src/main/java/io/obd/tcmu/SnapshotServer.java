package io.obd.tcmu;

import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.obd.httpserver.HttpListener;
import io.obd.image.ServiceConfig;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Listens for requests of the live snapshot API, if that is switched on. It does not check who asks. */
final class SnapshotServer implements Closeable {
    private static final Logger log = LoggerFactory.getLogger(SnapshotServer.class);

    private final HttpListener listener;

    private SnapshotServer(HttpListener listener) {
        this.listener = listener;
    }

    /** Begins to listen. */
    static SnapshotServer listen(ServiceConfig.SnapshotService service, DeviceTable devices) throws IOException {
        InetSocketAddress address = new InetSocketAddress(service.address(), service.port());
        if (address.isUnresolved()) {
            throw new IOException("serviceConfig.address: there is no host " + service.address());
        }
        if (!address.getAddress().isLoopbackAddress()) {
            log.warn(
                    "serviceConfig.address {}: whoever reaches it may take snapshots and replace device specifications",
                    place(service));
        }
        HttpListener listener = open(service, address, devices);
        log.info("live snapshots on request at {}", place(service));
        return new SnapshotServer(listener);
    }

    private static String place(ServiceConfig.SnapshotService service) {
        String host = service.address();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + service.port();
    }

    private static HttpListener open(
            ServiceConfig.SnapshotService service, InetSocketAddress address, DeviceTable devices) throws IOException {
        try {
            return HttpListener.open(
                    "snapshot",
                    NioServerSocketChannel.class,
                    address,
                    handlers -> new SnapshotHandler(devices, handlers));
        } catch (IOException e) {
            throw new IOException("serviceConfig.address: cannot listen on " + place(service), e.getCause());
        }
    }

    @Override
    public void close() {
        listener.close();
    }
}
