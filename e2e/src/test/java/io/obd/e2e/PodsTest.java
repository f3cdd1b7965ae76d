package io.obd.e2e;

import java.nio.file.Path;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Pods of the containerd that is installed, 1.x. */
class PodsTest extends PodJob {
    @RegisterExtension
    static final RunningStack STACK = new RunningStack(Stack.Settings.usual().withPods());

    @Override
    Stack stack() {
        return STACK.get();
    }

    /** It cannot be told: so the snapshotter's directory has to be this one. */
    @Override
    Path imageDirectory() {
        return stack().containerd().root().resolve("io.containerd.snapshotter.v1.overlaybd");
    }
}
