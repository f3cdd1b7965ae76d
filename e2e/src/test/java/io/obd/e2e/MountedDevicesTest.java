package io.obd.e2e;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The devices of containers are mounted for them, and sparse. */
@Tag("e2e")
class MountedDevicesTest extends WritableDeviceJob {
    @RegisterExtension
    static final RunningStack STACK = new RunningStack(
            Stack.Settings.usual().snapshotter("rwMode", "dir").snapshotter("writableLayerType", "sparse"));

    @Override
    Stack stack() {
        return STACK.get();
    }

    @Override
    int mounts() {
        return 1;
    }
}
