package io.obd.e2e;

import java.nio.file.Path;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Pods of a containerd 2.x, which pulls through its transfer service. */
class SecondPodsTest extends PodJob {
    @RegisterExtension
    static final RunningStack STACK =
            new RunningStack(() -> TestEnvironment.withSecondContainerd().withPods());

    @Override
    Stack stack() {
        return STACK.get();
    }

    @Override
    Path imageDirectory() {
        return stack().snapshotter().root();
    }
}
