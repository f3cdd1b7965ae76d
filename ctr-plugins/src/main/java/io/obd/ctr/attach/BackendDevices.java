package io.obd.ctr.attach;

import io.obd.image.ControlClient;
import java.io.IOException;
import java.nio.file.Path;

/** The backend makes the devices itself, in whatever way it has. They have the names of the snapshotter's. */
record BackendDevices(ControlClient backend) implements Attachments {
    @Override
    public String attach(String id, Path config) throws IOException {
        return backend.attach(name(id), config).device();
    }

    @Override
    public void detach(String id) throws IOException {
        backend.detach(name(id));
    }

    private static String name(String id) {
        return TcmuDevices.HBA + "-" + id;
    }
}
