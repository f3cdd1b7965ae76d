package io.obd.e2e;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Containers get their devices themselves. */
@Tag("e2e")
class WritableDevicesTest extends WritableDeviceJob {
    @RegisterExtension
    static final RunningStack STACK = new RunningStack(Stack.Settings.usual().snapshotter("rwMode", "dev"));

    @Override
    Stack stack() {
        return STACK.get();
    }

    @Override
    int mounts() {
        return 0;
    }
}
